/** Weighted sums of LoRA factors: side by side, which is exact, and factor by factor, as PEFT's `add_weighted_adapter` has them; and what factors add. */
import type { HostTensor } from '../base/tensor.ts';
import { scaling } from '../methods/low-rank.ts';
import { plusProduct } from './factors.ts';
import type { PlainLora } from './types.ts';

/** One addend w·s·B·A. */
export interface WeightedLora {
  lora: PlainLora;
  weight: number;
}

/** s·B·A, m×n. */
export function changeOf({ A, B, settings }: PlainLora): HostTensor {
  const [m, n] = [B.shape[0]!, A.shape[1]!];
  return plusProduct({ shape: [m, n], data: new Float32Array(m * n) }, B, A, scaling(settings));
}

const settingsOf = (rank: number) => ({ rank, alpha: rank, options: {} });

/** PEFT's "cat": A = [A₁; A₂; …], B = [w₁s₁B₁, w₂s₂B₂, …], of the rank of all together. Exact but for rounding. */
export function sideBySide(parts: readonly WeightedLora[]): PlainLora {
  const n = parts[0]!.lora.A.shape[1]!;
  const m = parts[0]!.lora.B.shape[0]!;
  const rank = parts.reduce((sum, { lora }) => sum + lora.A.shape[0]!, 0);
  const A = { shape: [rank, n], data: new Float32Array(rank * n) };
  const B = { shape: [m, rank], data: new Float32Array(m * rank) };
  let at = 0;
  for (const { lora, weight } of parts) {
    const r = lora.A.shape[0]!;
    const scale = weight * scaling(lora.settings);
    A.data.set(lora.A.data, at * n);
    for (let i = 0; i < m; i++) for (let k = 0; k < r; k++) B.data[i * rank + at + k] = scale * lora.B.data[i * r + k]!;
    at += r;
  }
  return { A, B, settings: settingsOf(rank) };
}

/** PEFT's "linear": A = Σ ±√|wᵢsᵢ|·Aᵢ, B = Σ √|wᵢsᵢ|·Bᵢ, all of one rank. B·A has the products of different adapters too: not the sum. */
export function factorwise(parts: readonly WeightedLora[]): PlainLora {
  const weighted = (of: 'A' | 'B', factor: (scale: number) => number): HostTensor => {
    const { shape } = parts[0]!.lora[of];
    const scales = parts.map(({ lora, weight }) => factor(weight * scaling(lora.settings)));
    const data = parts[0]!.lora[of].data.map((_, i) =>
      parts.reduce((sum, { lora }, p) => sum + scales[p]! * lora[of].data[i]!, 0),
    );
    return { shape: [...shape], data };
  };
  const A = weighted('A', (scale) => Math.sign(scale) * Math.sqrt(Math.abs(scale)));
  return { A, B: weighted('B', (scale) => Math.sqrt(Math.abs(scale))), settings: settingsOf(A.shape[0]!) };
}

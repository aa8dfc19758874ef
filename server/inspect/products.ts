/**
 * Norms and inner products of changes of W that are products of factors, without ever making an m×n matrix:
 * ⟨B₁A₁, B₂A₂⟩ = tr(A₁ᵀB₁ᵀB₂A₂) = Σ (B₁ᵀB₂) ∘ (A₁A₂ᵀ), r₁·r₂·(m + n) products. Sums run in float64.
 */
import { dot } from '../base/dot.ts';
import { type HostTensor, transposed } from '../base/tensor.ts';

/** scale·B·A: B m×r, A r×n, row-major. */
export interface Factored {
  B: HostTensor;
  A: HostTensor;
  scale: number;
}

/** ‖scale·B·A‖_F; NaN or infinite where the factors are. */
export const productNorm = (x: Factored): number => Math.sqrt(Math.max(0, inner(x, x)));

/** Undefined where one of them is zero or not finite. */
export function cosine(x: Factored, y: Factored): number | undefined {
  const norms = productNorm(x) * productNorm(y);
  if (!(norms > 0) || !Number.isFinite(norms)) return undefined;
  return Math.max(-1, Math.min(1, inner(x, y) / norms));
}

/** ⟨x, y⟩ over all entries. Both are of one shape m×n. */
export function inner(x: Factored, y: Factored): number {
  const [m, r] = x.B.shape as [number, number];
  const [, q] = y.B.shape as [number, number];
  const n = x.A.shape[1]!;
  const left = transposed(x.B).data;
  const right = x === y ? left : transposed(y.B).data;
  let total = 0;
  for (let a = 0; a < r; a++)
    // Both matrices of overlaps are symmetric where x is y.
    for (let b = x === y ? a : 0; b < q; b++) {
      const term = dot(left, a * m, right, b * m, m) * dot(x.A.data, a * n, y.A.data, b * n, n);
      total += x === y && b > a ? 2 * term : term;
    }
  return x.scale * y.scale * total;
}

/** M·A for a square M [r, r], or diag(M)·A for r scalars. */
export function between(M: HostTensor, A: HostTensor): HostTensor {
  const [r, n] = A.shape as [number, number];
  const data = new Float32Array(r * n);
  if (M.data.length === r && r !== 1) {
    for (let i = 0; i < data.length; i++) data[i] = M.data[Math.floor(i / n)]! * A.data[i]!;
    return { shape: [r, n], data };
  }
  for (let i = 0; i < r; i++)
    for (let k = 0; k < r; k++) {
      const value = M.data[i * r + k]!;
      for (let j = 0; j < n; j++) data[i * n + j]! += value * A.data[k * n + j]!;
    }
  return { shape: [r, n], data };
}

/** ‖x‖₂, and how many values are NaN or infinite. */
export function measure(data: Float32Array): { norm: number; notFinite: number } {
  let sum = 0;
  let notFinite = 0;
  for (const value of data)
    if (Number.isFinite(value)) sum += value * value;
    else notFinite++;
  return { norm: Math.sqrt(sum), notFinite };
}

/** SVF: U diag(S ⊙ z) Vᵀ, in the renormalised form times ΣS / Σ(S ⊙ z). Sun et al. 2025 (Transformer²), https://arxiv.org/abs/2501.06252. */
import type { HostTensor } from '../base/tensor.ts';
import { type SvfForm, svf as svfOp } from '../engine/ops/index.ts';
import type { MatrixSettings } from '../methods/types.ts';
import { diagonal, factorsOf, plusLeft, sparseProduct, tensorFactors } from './spectral.ts';
import type { MatrixAdapter, SiteState } from './types.ts';

const formOf = ({ options }: MatrixSettings) => options.form as SvfForm;

export const svf: MatrixAdapter = {
  decomposition: () => ({ kind: 'full' }),
  factorsOutside: true,

  init({ m, n }, _weight, _random, svd) {
    const k = Math.min(m, n);
    return { trainable: { z: { shape: [k], data: new Float32Array(k).fill(1) } }, frozen: factorsOf(svd!) };
  },

  restore: (_site, { z }, _weight, svd) => ({ trainable: { z: z! }, frozen: factorsOf(svd!) }),

  forward: (x, { tensors, settings }) => svfOp(x, tensorFactors(tensors), tensors.z!, formOf(settings)),

  merge: (_weight, state, { settings }) => {
    const { U, Vt } = state.frozen as { U: HostTensor; Vt: HostTensor };
    return plusLeft(U, sparseProduct(diagonal(singularValues(state, settings)), Vt));
  },

  shapes: ({ m, n }) => ({ z: [Math.min(m, n)] }),

  peftConfig: ({ options }) => ({ peft_type: 'SVF', ...options }),

  /** Of rank k: A is the change of the singular values on Vᵀ, B is U. */
  plain: (state, settings) => {
    const { U, S, Vt } = state.frozen as { U: HostTensor; S: HostTensor; Vt: HostTensor };
    const change = singularValues(state, settings).map((value, i) => value - S.data[i]!);
    const k = S.data.length;
    return { A: sparseProduct(diagonal(change), Vt), B: U, settings: { rank: k, alpha: k, options: {} } };
  },

  learned(state, { settings }) {
    const [z, S] = [state.trainable.z!.data, state.frozen.S!.data];
    const renormalised = formOf(settings) === 'plain' ? '' : ', renormalised';
    const beside = [
      { title: 'S', values: S },
      { title: `S ⊙ z${renormalised}`, values: singularValues(state, settings) },
    ];
    const about = 'Each singular value of W is multiplied by its z.';
    return { items: [{ kind: 'vector', title: 'z', about, neutral: 1, index: 'singular index', values: z, beside }] };
  },

  /** z = 1 + Σ wᵢ·(zᵢ − 1): where an adapter changes nothing, its z is 1. */
  sum(parts) {
    const { frozen, trainable } = parts[0]!.state;
    const z = Float32Array.from(trainable.z!.data, (_, i) =>
      parts.reduce((sum, { state, weight }) => sum + weight * (state.trainable.z!.data[i]! - 1), 1),
    );
    return { trainable: { z: { shape: [z.length], data: z } }, frozen };
  },
  peftKeys: { svf_z: 'z' },
};

/** S ⊙ z, renormalised where the form says so; in double precision. */
function singularValues({ trainable, frozen }: SiteState, settings: MatrixSettings): Float64Array {
  const [z, S] = [trainable.z!.data, frozen.S!.data];
  const scaled = Float64Array.from(S, (s, i) => s * z[i]!);
  if (formOf(settings) === 'plain') return scaled;
  const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);
  const factor = total(S) / total(scaled);
  return scaled.map((value) => value * factor);
}

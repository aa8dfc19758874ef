import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';
import type { SparseLayout } from './sparse-layouts.ts';

interface Attrs {
  layout: SparseLayout;
}
type Input = 'x' | 'U' | 'Vt' | 'entries' | 'positions';

const INPUTS = ['x', 'U', 'Vt', 'entries', 'positions'] as const;

/** x·V, then M, then ·Uᵀ; hidden arrays are [k, rows]. Outputs: y, (x·V)ᵀ. */
const chain = defineOp<Input, Attrs, Exclude<Input, 'x'>>({
  name: 'SpectralChain',
  inputs: INPUTS,
  compose({ x, U, Vt, entries, positions }, { layout }) {
    const h = tf.matMul(Vt, x, false, true);
    return [tf.matMul(layout.product(entries, positions, h, false), U, true, true), h];
  },
  keeps: ['U', 'Vt', 'entries', 'positions'],
  keepsOutputs: [false, true],
  gradient(dy, { U, Vt, entries, positions }, { layout }, [h]) {
    // Both gradients start from it, in one scope.
    let made: tf.Tensor | undefined;
    const g = () => {
      made ??= tf.matMul(U, dy, true, true);
      return made;
    };
    return {
      x: () => tf.matMul(layout.product(entries, positions, g(), true), Vt, true, false),
      entries: () => layout.outer(g(), h!, positions),
    };
  },
});

/** W = U·M·Vᵀ, then x·Wᵀ. Outputs: y, W. */
const formed = defineOp<Input, Attrs, Exclude<Input, 'entries'>>({
  name: 'SpectralFormed',
  inputs: INPUTS,
  compose({ x, U, Vt, entries, positions }, { layout }) {
    const weight = tf.matMul(U, layout.product(entries, positions, Vt, false));
    return [tf.matMul(x, weight, false, true), weight];
  },
  keeps: ['x', 'U', 'Vt', 'positions'],
  keepsOutputs: [false, true],
  gradient: (dy, { x, U, Vt, positions }, { layout }, [weight]) => ({
    x: () => tf.matMul(dy, weight!),
    entries: () => layout.outer(tf.matMul(U, tf.matMul(dy, x, true, false), true, false), Vt, positions),
  }),
});

export interface SpectralFactors {
  /** [m, k] */
  U: tf.Tensor;
  /** [k, n] */
  Vt: tf.Tensor;
  /** Coefficients of the k×k matrix M, as `layout` places them. */
  entries: tf.Tensor;
  /** int32; what `layout` asks for, any tensor where it reads none. */
  positions: tf.Tensor;
}

/** Whether a step with the weight formed costs less than one that goes through the factors. */
export const formingPays = (rows: number, m: number, n: number, k: number, { cost }: SparseLayout): boolean =>
  3 * rows * m * n + 2 * m * n * k + n * cost < 2 * rows * k * (m + n) + rows * cost;

/**
 * x·(U M Vᵀ)ᵀ with frozen U and V and a sparse trainable M. x: [rows, n] -> [rows, m].
 */
export function spectral(x: tf.Tensor, factors: SpectralFactors, layout: SparseLayout): tf.Tensor {
  const [rows, n] = x.shape as [number, number];
  const [m, k] = factors.U.shape as [number, number];
  const op = formingPays(rows, m, n, k, layout) ? formed : chain;
  const [y, kept] = op({ x, ...factors }, { layout });
  kept!.dispose();
  return y!;
}

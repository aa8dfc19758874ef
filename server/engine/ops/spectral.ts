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

/**
 * Whether a training step that forms the m×n weight costs less than one that takes x through the factors: 3·rows·m·n + 2·m·n·k multiply-adds
 * against 2·rows·k·(m + n), and M times n columns of Vᵀ against `rows` columns.
 */
export const formingPays = (rows: number, m: number, n: number, k: number, { cost }: SparseLayout): boolean =>
  3 * rows * m * n + 2 * m * n * k + n * cost < 2 * rows * k * (m + n) + rows * cost;

/**
 * x·(U M Vᵀ)ᵀ with frozen U and V and a sparse trainable M, by whichever of two ways is cheaper. x: [rows, n] -> [rows, m].
 *
 * Processor time of a training step as a multiple of x·Wᵀ's (W m×n, frozen; m = n = k), M banded with d = 2 (the last line: 8):
 *
 *   rows    k   factors: blocks  shifted diagonals  dense M   weight formed: blocks  dense M   W + correction, dense M
 *    512   512           2.4            3.0–4.2       3.4                2.7          3.3               4.5
 *   1024   512           2.2              2.8         3.2                2.0          2.2               3.9
 *    512  2048           2.5              2.3         4.1                6.2         10.7               4.8
 *   1024  1024           2.2              3.0         3.6                2.2          3.5               4.1
 *
 * A diagonal M takes 1.7–2.2 through the factors. Hence bands by blocks (shifting a diagonal is three passes over x·V, and there are 2d + 1), and
 * the weight formed from about 2k rows on. Scattered entries are a dense matrix: gathering and adding up rows of x·V costs less where
 * nnz < k²/100, but takes nnz·rows numbers of memory.
 */
export function spectral(x: tf.Tensor, factors: SpectralFactors, layout: SparseLayout): tf.Tensor {
  const [rows, n] = x.shape as [number, number];
  const [m, k] = factors.U.shape as [number, number];
  const op = formingPays(rows, m, n, k, layout) ? formed : chain;
  const [y, kept] = op({ x, ...factors }, { layout });
  kept!.dispose();
  return y!;
}

/**
 * Truncated decompositions on a GPU through matrix products: W lies on the device, thin blocks go there and back, and what is thin is
 * made orthogonal on the processor. Whole decompositions are the processor's. The engine must run recorded graphs.
 */
import * as tf from '@tensorflow/tfjs-core';
import { readerOf } from '../../base/tensor.ts';
import { bucketedStep } from '../buckets.ts';
import { frozenTensor } from '../frozen.ts';
import { holdWeight } from '../weights/formats.ts';
import { columnsOf, fixSigns, squaredNorm, transposed } from './finish.ts';
import { type Products, subspace } from './krylov.ts';
import { aborted } from './lanes.ts';
import { demandSound, GOOD, leading } from './linalg.ts';
import { truncation } from './truncation.ts';
import type { Linalg, Matrix, TruncatedSvd } from './types.ts';

export function webgpuLinalg(version: string, processor: Linalg): Linalg {
  return {
    ...processor,
    kernel: 'webgpu',
    version,
    async truncatedSvd(w, rank, options = {}): Promise<TruncatedSvd> {
      const settings = truncation(w, rank, options);
      const cut = async () => leading(await processor.svd(w, options), rank, settings);
      if (settings.direct) return cut();
      demandSound(w);
      const products = productsOf(w, options.signal);
      try {
        const found = await approximate(
          w,
          rank,
          await subspace(w, rank, settings, products, processor),
          products,
          processor,
        );
        const { oversampling, iterations, seed } = settings;
        return found.orthogonality > GOOD ? cut() : { ...found, rank, oversampling, iterations, seed };
      } finally {
        products.dispose();
      }
    },
  };
}

/** From q [m×w] and b = Wᵀq [n×w]: W ≈ q·bᵀ, whose SVD is small work. */
async function approximate(
  w: Matrix,
  rank: number,
  { q, b }: { q: Matrix; b: Matrix },
  { multiply }: Pick<Products, 'multiply'>,
  processor: Linalg,
): Promise<Pick<TruncatedSvd, 'u' | 's' | 'vt' | 'residual' | 'orthogonality'>> {
  const small = await processor.svd(transposed(b));
  const [cut, s] = [columnsOf(small.u, 0, rank), small.s.slice(0, rank)];
  const u = await multiply(q, cut);
  const vt = { rows: rank, columns: w.columns, data: small.vt.data.slice(0, rank * w.columns) };
  const gram = await multiply(transposed(u), u);
  let worst = small.orthogonality;
  gram.data.forEach((value, at) => {
    worst = Math.max(worst, Math.abs(value - (Math.floor(at / rank) === at % rank ? 1 : 0)));
  });
  fixSigns({ u, vt });
  const whole = squaredNorm(w);
  // U·diag(s)·Vᵀ is the projection UUᵀW; to what float32 resolves.
  const rest = whole > 0 ? 1 - s.reduce((sum, value) => sum + value * value, 0) / whole : 0;
  return { u, s, vt, residual: Math.sqrt(Math.max(0, rest)), orthogonality: worst };
}

/** Products on the device. W is put there once. Errors: `aborted` at the first product after the signal. */
function productsOf(w: Matrix, signal: AbortSignal | undefined): Products & { dispose(): void } {
  const frozen = frozenTensor(holdWeight('float32', readerOf({ shape: [w.rows, w.columns], data: w.data })));
  const steps = {
    forward: bucketedStep(({ x }) => ({ y: tf.matMul(frozen as tf.Tensor2D, x as tf.Tensor2D) })),
    back: bucketedStep(({ x }) => ({ y: tf.matMul(frozen as tf.Tensor2D, x as tf.Tensor2D, true) })),
    both: bucketedStep(({ a, x }) => ({ y: tf.matMul(a as tf.Tensor2D, x as tf.Tensor2D) })),
  };
  const run = async (step: keyof typeof steps, given: Record<string, Matrix>): Promise<Matrix> => {
    if (signal?.aborted) throw aborted();
    const inputs = Object.fromEntries(
      Object.entries(given).map(([name, { rows, columns, data }]) => [name, tf.tensor2d(data, [rows, columns])]),
    );
    const { y } = steps[step].run(inputs);
    const [rows, columns] = y!.shape as [number, number];
    const data = (await y!.data()) as Float32Array;
    tf.dispose([y!, ...Object.values(inputs)]);
    return { rows, columns, data };
  };
  return {
    forward: (x) => run('forward', { x }),
    back: (x) => run('back', { x }),
    multiply: (a, x) => run('both', { a, x }),
    dispose() {
      for (const step of Object.values(steps)) step.dispose();
      frozen.dispose();
    },
  };
}

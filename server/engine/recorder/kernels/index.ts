import type { NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../../../base/errors.ts';
import { compositionOf } from '../../ops/define.ts';
import type { Recorders } from '../recorder.ts';
import type { Recording } from '../recording.ts';
import { elementwise } from './elementwise.ts';
import { fused } from './fused.ts';
import { layout } from './layout.ts';
import { products } from './products.ts';
import { reductions } from './reductions.ts';
import { rows } from './rows.ts';

const RECORDERS: Recorders = { ...elementwise, ...fused, ...layout, ...products, ...reductions, ...rows };

export const recordedKernels: readonly string[] = Object.keys(RECORDERS);

/** Kernels that look at the shapes of their inputs alone: `compute` answers for them. */
const SHAPE_ONLY = new Set(['OnesLike', 'ZerosLike']);

/**
 * Writes a kernel call on symbolic tensors to the graph. An op of ops/ without a recorder of its own is recorded kernel by kernel.
 * @throws RankwiseError `unrecordable-kernel`, with the kernel's name and the tfjs op that asked for it.
 */
export function recordKernel(
  kernelName: string,
  inputs: Record<string, TensorInfo>,
  attrs: NamedAttrMap,
  recording: Recording,
  compute: () => TensorInfo | TensorInfo[],
): TensorInfo | TensorInfo[] {
  const recorder = RECORDERS[kernelName];
  if (recorder) return recorder({ inputs, attrs, recording, g: recording.graph });
  const compose = compositionOf(kernelName);
  if (compose) return tf.tidy(() => compose(inputs as Record<string, Tensor>, attrs));
  if (SHAPE_ONLY.has(kernelName)) return compute();
  throw new RankwiseError(
    'unrecordable-kernel',
    `the kernel ${kernelName}, asked for by tf.${currentOp()}, cannot be recorded`,
    { kind: 'runtime', hint: 'This is a defect in Rankwise: a step may use only kernels that have a recorder.' },
  );
}

/** tfjs opens a scope for each op, named after it. */
function currentOp(): string {
  const { state } = tf.engine() as unknown as { state: { activeScope?: { name?: string } } };
  return (state.activeScope?.name ?? '?').replace(/__op$/, '');
}

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { RankwiseError } from '../../../base/errors.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { floats, type OnnxRuntimeBackend } from '../backend.ts';
import { type Call, floatValue, type Route, type Routes } from '../route.ts';

/** Logits per native call: a block of probabilities lives in the cache only, where [rows, classes] would be the largest tensor of a step. */
const BLOCK = 262_144;

interface Rows {
  logits: Float32Array;
  labels: Int32Array;
  rows: number;
  classes: number;
  ignoreIndex: number;
  smoothing: number;
}

function read({ inputs, attrs, backend }: Call): Rows {
  const { logits, labels } = inputs as { logits: TensorInfo; labels: TensorInfo };
  const [rows, classes] = logits.shape as [number, number];
  const ignoreIndex = attrs.ignoreIndex as number;
  const values = backend.values(labels) as Int32Array;
  for (const label of values)
    if (label !== ignoreIndex && (label < 0 || label >= classes))
      throw new RankwiseError('label-out-of-range', `label ${label} lies outside of 0 … ${classes - 1}`, {
        kind: 'runtime',
        hint: 'Check the labels of the data against num_labels or the vocabulary size.',
      });
  const smoothing = (attrs.smoothing as number | undefined) ?? 0;
  return { logits: backend.float32(logits), labels: values, rows, classes, ignoreIndex, smoothing };
}

/** Calls `block` with consecutive ranges of rows. */
function eachBlock({ rows, classes }: Rows, block: (from: number, to: number) => void): void {
  const step = Math.max(1, Math.floor(BLOCK / classes));
  for (let from = 0; from < rows; from += step) block(from, Math.min(from + step, rows));
}

/** Softmax or its logarithm over rows [from, to), written to the start of `into`. */
function normalise(
  backend: OnnxRuntimeBackend,
  op: 'Softmax' | 'LogSoftmax',
  { logits, classes }: Rows,
  [from, to]: [number, number],
  into: Float32Array,
): void {
  const dims = [to - from, classes];
  backend.run(
    op,
    () => {
      const g = new GraphBuilder();
      g.op(op, [g.input(floatValue('x', 2))], { axis: 1 }, { as: 'y' });
      return { graph: g.output(floatValue('y', 2)).build() };
    },
    { x: floats(logits.subarray(from * classes, to * classes), dims) },
    { y: floats(into, dims) },
  );
}

const crossEntropy: Route = (call) => {
  const data = read(call);
  const { labels, classes, ignoreIndex, smoothing } = data;
  const losses = call.backend.output([data.rows]);
  eachBlock(data, (from, to) => {
    const scratch = call.backend.pool.take((to - from) * classes);
    normalise(call.backend, 'LogSoftmax', data, [from, to], scratch);
    for (let row = from; row < to; row++) {
      const label = labels[row]!;
      const start = (row - from) * classes;
      losses.data[row] = label === ignoreIndex ? 0 : -scratch[start + label]!;
      if (smoothing === 0 || label === ignoreIndex) continue;
      let all = 0;
      for (let i = start; i < start + classes; i++) all += scratch[i]!;
      losses.data[row] = (1 - smoothing) * losses.data[row]! - (smoothing * all) / classes;
    }
    call.backend.pool.give(scratch);
  });
  return losses.info;
};

const crossEntropyGrad: Route = (call) => {
  const data = read(call);
  const { labels, classes, ignoreIndex, smoothing } = data;
  const dy = call.backend.float32(call.inputs.dy!);
  const gradient = call.backend.output([data.rows, classes]);
  eachBlock(data, (from, to) => {
    const block = gradient.data.subarray(from * classes, to * classes);
    normalise(call.backend, 'Softmax', data, [from, to], block);
    for (let row = from; row < to; row++) {
      const label = labels[row]!;
      const factor = label === ignoreIndex ? 0 : dy[row]!;
      const start = row * classes;
      for (let i = start; i < start + classes; i++) gradient.data[i]! *= factor;
      if (label === ignoreIndex) continue;
      gradient.data[start + label]! -= (1 - smoothing) * factor;
      if (smoothing > 0)
        for (let i = start; i < start + classes; i++) gradient.data[i]! -= (smoothing * factor) / classes;
    }
  });
  return gradient.info;
};

export const crossEntropyKernels: Routes = { CrossEntropy: crossEntropy, CrossEntropyGrad: crossEntropyGrad };

import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { RankwiseError } from '../../../base/errors.ts';
import { sizeOf } from '../../../base/tensor.ts';
import type { OnnxRuntimeBackend } from '../backend.ts';
import type { Route, Routes } from '../route.ts';

function outOfRange(id: number, rows: number): RankwiseError {
  return new RankwiseError('index-out-of-range', `row ${id} was asked of a table of ${rows} rows`, {
    kind: 'runtime',
    hint: 'Token ids must be below the vocabulary size and labels below num_labels: does the tokenizer belong to this model?',
  });
}

/** Copies rows; memory-bound, so a JavaScript copy per row is as fast as a native kernel. */
function gatherRows(
  backend: OnnxRuntimeBackend,
  table: TensorInfo,
  ids: ArrayLike<number>,
  shape: number[],
): TensorInfo {
  const rows = table.shape[0]!;
  const width = sizeOf(table.shape) / rows;
  const read = backend.pieces(table);
  const { info, data } = backend.output(shape);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id < 0 || id >= rows) throw outOfRange(id, rows);
    read(id * width, data.subarray(i * width, (i + 1) * width));
  }
  return info;
}

/** Adds row i of `updates` to row ids[i] of a zero table. */
function scatterRows(
  backend: OnnxRuntimeBackend,
  updates: TensorInfo,
  ids: ArrayLike<number>,
  shape: number[],
): TensorInfo {
  const rows = shape[0]!;
  const width = sizeOf(shape) / rows;
  const values = backend.float32(updates);
  const { info, data } = backend.output(shape);
  data.fill(0);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id < 0 || id >= rows) throw outOfRange(id, rows);
    for (let to = id * width, from = i * width, end = from + width; from < end; from++, to++)
      data[to]! += values[from]!;
  }
  return info;
}

const ids = (backend: OnnxRuntimeBackend, x: TensorInfo) => backend.values(x) as Int32Array;

const gather: Route = ({ inputs, attrs, backend }, fallback) => {
  const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
  const axis = util.parseAxisParam(attrs.axis as number, x.shape)[0];
  if (x.dtype !== 'float32' || axis !== 0 || attrs.batchDims !== 0) return fallback();
  return gatherRows(backend, x, ids(backend, indices), [...indices.shape, ...x.shape.slice(1)]);
};

const embedding: Route = ({ inputs, backend }) =>
  gatherRows(backend, inputs.weight!, ids(backend, inputs.ids!), [...inputs.ids!.shape, inputs.weight!.shape[1]!]);

const embeddingGrad: Route = ({ inputs, attrs, backend }) =>
  scatterRows(backend, inputs.dy!, ids(backend, inputs.ids!), [attrs.rows as number, inputs.dy!.shape.at(-1)!]);

/** The gradient of `gather`; segments outside of the range are dropped, as tfjs does. */
const segmentSum: Route = ({ inputs, attrs, backend }, fallback) => {
  const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
  const count = attrs.numSegments as number;
  const segments = ids(backend, segmentIds);
  if (x.dtype !== 'float32' || segments.some((id) => id < 0 || id >= count)) return fallback();
  return scatterRows(backend, x, segments, [count, ...x.shape.slice(1)]);
};

export const rows: Routes = {
  GatherV2: gather,
  UnsortedSegmentSum: segmentSum,
  Embedding: embedding,
  EmbeddingGrad: embeddingGrad,
};

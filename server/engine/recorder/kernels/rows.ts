import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import { DATA_TYPES } from '../../onnx/model.ts';
import type { RecordedCall, Recorder, Recorders } from '../recorder.ts';

/** Indices as the type that ScatterND and GatherND take. Last of all: GPU providers compute with no int64. */
const wide = ({ g }: RecordedCall, indices: string) => g.op('Cast', [indices], { to: DATA_TYPES.int64 });

const gather: Recorder = ({ inputs, attrs, recording, g }) => {
  const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
  const axis = util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  if (attrs.batchDims !== 0) throw new Error('gather with batch dimensions cannot be recorded');
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const ids = recording.value(indices);
  const value = axis === 0 ? recording.rows(x, ids) : g.op('Gather', [recording.value(x), ids], { axis });
  return recording.tensor(value, shape, x.dtype);
};

const embedding: Recorder = ({ inputs, recording }) => {
  const { weight, ids } = inputs as { weight: TensorInfo; ids: TensorInfo };
  return recording.tensor(recording.rows(weight, recording.value(ids)), [...ids.shape, weight.shape[1]!]);
};

/** Adds `updates` at `places` [count, depth] to a tensor of zeros. */
function scatterAdd({ g }: RecordedCall, places: string, updates: string, shape: readonly number[]): string {
  const zeros = g.op('Expand', [g.number(0), g.indices(shape)], {}, { again: true });
  return g.op('ScatterND', [zeros, places, updates], { reduction: 'add' });
}

const embeddingGrad: Recorder = (call) => {
  const { inputs, attrs, recording } = call;
  const { ids, dy } = inputs as { ids: TensorInfo; dy: TensorInfo };
  const count = sizeOf(ids.shape);
  const width = dy.shape.at(-1)!;
  const places = wide(call, recording.reshape(recording.value(ids), [count, 1]));
  const updates = recording.reshape(recording.value(dy), [count, width]);
  const shape = [attrs.rows as number, width];
  return recording.tensor(scatterAdd(call, places, updates, shape), shape);
};

const gatherNd: Recorder = (call) => {
  const { recording, g } = call;
  const { params, indices } = call.inputs as { params: TensorInfo; indices: TensorInfo };
  const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(indices.shape.at(-1)!)];
  return recording.tensor(
    g.op('GatherND', [recording.value(params), wide(call, recording.value(indices))]),
    shape,
    params.dtype,
  );
};

const scatterNd: Recorder = (call) => {
  const { indices, updates } = call.inputs as { indices: TensorInfo; updates: TensorInfo };
  const shape = call.attrs.shape as number[];
  return call.recording.tensor(
    scatterAdd(call, wide(call, call.recording.value(indices)), call.recording.value(updates), shape),
    shape,
  );
};

/** As in tfjs, rows of segments outside of the range are dropped: they go to a segment of their own, which is cut off. */
const segmentSum: Recorder = (call) => {
  const { recording, g } = call;
  const { x, segmentIds } = call.inputs as { x: TensorInfo; segmentIds: TensorInfo };
  const count = call.attrs.numSegments as number;
  const shape = [count, ...x.shape.slice(1)];
  const integer = (value: number) => g.constant({ type: 'int32', shape: [], data: Int32Array.of(value) });
  const ids = recording.value(segmentIds);
  const inside = g.op('And', [g.op('GreaterOrEqual', [ids, integer(0)]), g.op('Less', [ids, integer(count)])]);
  const places = wide(call, recording.reshape(g.op('Where', [inside, ids, integer(count)]), [x.shape[0]!, 1]));
  const sums = scatterAdd(call, places, recording.value(x), shape.with(0, count + 1));
  return recording.tensor(g.op('Slice', [sums, g.indices([0]), g.indices([count]), g.indices([0])]), shape);
};

/** By comparison: ONNX's OneHot counts negative indices from the end, tfjs's makes them rows of `offValue`. */
const oneHot: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.indices!;
  const { depth, onValue, offValue, dtype } = attrs as unknown as Record<'depth' | 'onValue' | 'offValue', number> & {
    dtype: DataType;
  };
  const classes = g.constant({ type: 'int32', shape: [depth], data: Int32Array.from({ length: depth }, (_, i) => i) });
  const hit = g.op('Equal', [recording.reshape(recording.value(x), [...x.shape, 1]), classes]);
  const value = g.op('Where', [hit, g.number(onValue), g.number(offValue)]);
  const typed = dtype === 'float32' ? value : g.op('Cast', [value], { to: DATA_TYPES.int32 });
  return recording.tensor(typed, [...x.shape, depth], dtype);
};

export const rows: Recorders = {
  GatherV2: gather,
  GatherNd: gatherNd,
  ScatterNd: scatterNd,
  UnsortedSegmentSum: segmentSum,
  OneHot: oneHot,
  Embedding: embedding,
  EmbeddingGrad: embeddingGrad,
};

import { backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { DATA_TYPES } from '../../onnx/model.ts';
import type { Recorder, Recorders } from '../recorder.ts';

const reduction =
  (op: string): Recorder =>
  ({ inputs, attrs, recording, g }) => {
    const x = inputs.x!;
    // tfjs names the attribute differently from kernel to kernel.
    const axes = util.parseAxisParam((attrs.axis ?? attrs.reductionIndices) as number | number[], x.shape);
    const [without] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = attrs.keepDims === true ? backend_util.expandShapeToKeepDim(without, axes) : without;
    if (axes.length === 0) return recording.share(x);
    const value = g.op(op, [recording.value(x), g.indices(axes)], { keepdims: attrs.keepDims === true ? 1 : 0 });
    return recording.tensor(value, shape, x.dtype);
  };

/** Along the last axis. */
const normalised =
  (op: 'Softmax' | 'LogSoftmax'): Recorder =>
  ({ inputs, recording, g }) => {
    const x = inputs.logits!;
    return recording.tensor(g.op(op, [recording.value(x)], { axis: x.shape.length - 1 }), x.shape);
  };

const cumsum: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.x!;
  const axis = g.constant({ type: 'int32', shape: [], data: Int32Array.of(attrs.axis as number) });
  const value = g.op('CumSum', [recording.value(x), axis], {
    exclusive: +!!attrs.exclusive,
    reverse: +!!attrs.reverse,
  });
  return recording.tensor(value, x.shape, x.dtype);
};

/** ONNX counts in int64. */
const extremePlace =
  (op: 'ArgMax' | 'ArgMin'): Recorder =>
  ({ inputs, attrs, recording, g }) => {
    const x = inputs.x!;
    const axis = util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
    const place = g.op(op, [recording.value(x)], { axis, keepdims: 0 });
    return recording.tensor(g.op('Cast', [place], { to: DATA_TYPES.int32 }), x.shape.toSpliced(axis, 1), 'int32');
  };

const topK: Recorder = ({ inputs, attrs, recording, g }) => {
  const x = inputs.x!;
  const k = attrs.k as number;
  const shape = x.shape.with(-1, k);
  const [values, places] = g.ops('TopK', [recording.value(x), g.indices([k])], 2, { sorted: +!!attrs.sorted });
  const made = (value: string, dtype: DataType): TensorInfo => recording.tensor(value, shape, dtype);
  return [made(values!, x.dtype), made(g.op('Cast', [places!], { to: DATA_TYPES.int32 }), 'int32')];
};

export const reductions: Recorders = {
  Sum: reduction('ReduceSum'),
  Mean: reduction('ReduceMean'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Softmax: normalised('Softmax'),
  LogSoftmax: normalised('LogSoftmax'),
  Cumsum: cumsum,
  ArgMax: extremePlace('ArgMax'),
  ArgMin: extremePlace('ArgMin'),
  TopK: topK,
};

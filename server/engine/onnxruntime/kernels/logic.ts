import { backend_util, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import type { Node, ValueInfo } from '../../onnx/model.ts';
import type { OnnxRuntimeBackend } from '../backend.ts';
import type { OrtTensor } from '../binding.ts';
import { floatValue, kernel, type Route, type Routes, SMALL } from '../route.ts';
import { collapse } from './broadcast.ts';

type Plain = 'float32' | 'int32' | 'bool';
const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

const value = (name: string, type: Plain, rank: number): ValueInfo => ({ ...floatValue(name, rank), type });

/** The tensor as onnxruntime reads it, or undefined where tfjs holds it in another kind of array. */
function native(backend: OnnxRuntimeBackend, x: TensorInfo, dims: number[]): OrtTensor | undefined {
  const type = x.dtype as Plain;
  const data = backend.values(x);
  return data instanceof ARRAYS[type] ? { type, data: data as Float32Array, dims, location: 'cpu' } : undefined;
}

/** Comparisons and logic: two tensors of one dtype to booleans. */
const comparison =
  (nodes: Node[]): Route =>
  ({ inputs, backend }, fallback) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    if (sizeOf(shape) < SMALL || a.dtype !== b.dtype || !(a.dtype in ARRAYS)) return fallback();
    const dims = collapse(a.shape, b.shape);
    const [x, y] = [native(backend, a, dims.a), native(backend, b, dims.b)];
    if (x === undefined || y === undefined) return fallback();
    const data = new Uint8Array(sizeOf(shape));
    const rank = dims.a.length;
    backend.run(
      `${nodes.map(({ op }) => op)}/${x.type}${rank}`,
      () =>
        kernel(
          nodes,
          [value('a', x.type as Plain, rank), value('b', x.type as Plain, rank)],
          [value('y', 'bool', rank)],
        ),
      { a: x, b: y },
      { y: { type: 'bool', data, dims: dims.a.map((d, i) => Math.max(d, dims.b[i]!)), location: 'cpu' } },
    );
    return backend.makeTensorInfo(shape, 'bool', data);
  };

const compare = (op: string) => comparison([{ op, inputs: ['a', 'b'], outputs: ['y'] }]);

/** Where all three have one shape: the only form that tfjs's `where` hands down. */
const select: Route = ({ inputs, backend }, fallback) => {
  const { condition, t, e } = inputs as { condition: TensorInfo; t: TensorInfo; e: TensorInfo };
  const size = sizeOf(t.shape);
  if (size < SMALL || sizeOf(condition.shape) !== size || t.dtype !== 'float32' || e.dtype !== 'float32')
    return fallback();
  const [c, x, y] = [condition, t, e].map((tensor) => native(backend, tensor, [size]));
  if (c === undefined || x === undefined || y === undefined) return fallback();
  const { info, data } = backend.output(t.shape);
  backend.run(
    'Where',
    () =>
      kernel(
        [{ op: 'Where', inputs: ['c', 't', 'e'], outputs: ['y'] }],
        [value('c', 'bool', 1), floatValue('t', 1), floatValue('e', 1)],
        [floatValue('y', 1)],
      ),
    { c, t: x, e: y },
    { y: { type: 'float32', data, dims: [size], location: 'cpu' } },
  );
  return info;
};

/** tfjs's own cast relabels integers as float32 and leaves them integers; native kernels need real floats. */
const cast: Route = ({ inputs, attrs, backend }, fallback) => {
  const x = inputs.x!;
  const dtype = attrs.dtype as DataType;
  if (dtype !== 'float32' || x.dtype === 'float32' || !(x.dtype in ARRAYS)) return fallback();
  const { info, data } = backend.output(x.shape);
  data.set(backend.values(x) as Int32Array);
  return info;
};

export const logic: Routes = {
  Equal: compare('Equal'),
  NotEqual: comparison([
    { op: 'Equal', inputs: ['a', 'b'], outputs: ['e'] },
    { op: 'Not', inputs: ['e'], outputs: ['y'] },
  ]),
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  LogicalAnd: compare('And'),
  LogicalOr: compare('Or'),
  Select: select,
  Cast: cast,
};

import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import type { Node } from '../../onnx/model.ts';
import { floats, type OnnxRuntimeBackend } from '../backend.ts';
import { type Call, floatValue, kernel, type Route, type Routes, SMALL } from '../route.ts';
import { collapse } from './broadcast.ts';

/** The operand that may stand in for the result when the other one is this constant. */
const IDENTITY: Record<string, { right?: number; left?: number }> = {
  Add: { right: 0, left: 0 },
  Sub: { right: 0 },
  Mul: { right: 1, left: 1 },
  Div: { right: 1 },
};

const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** Another tensor on the same data. */
function share(backend: OnnxRuntimeBackend, x: TensorInfo): TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}

/** An operand as it is fed: a constant is one number, however large its shape. */
function operand(backend: OnnxRuntimeBackend, x: TensorInfo): { data: Float32Array; shape: number[] } {
  const constant = backend.constantOf(x);
  return constant === undefined
    ? { data: backend.float32(x), shape: x.shape }
    : { data: Float32Array.of(constant), shape: [1] };
}

const binary =
  (op: string, nodes: Node[] = [{ op, inputs: ['a', 'b'], outputs: ['y'] }]): Route =>
  ({ inputs, backend }: Call, fallback) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    if (a.dtype !== 'float32' || b.dtype !== 'float32' || sizeOf(shape) < SMALL) return fallback();
    const identity = IDENTITY[op];
    if (identity?.right !== undefined && backend.constantOf(b) === identity.right && sameShape(a.shape, shape))
      return share(backend, a);
    if (identity?.left !== undefined && backend.constantOf(a) === identity.left && sameShape(b.shape, shape))
      return share(backend, b);
    const [x, y] = [operand(backend, a), operand(backend, b)];
    const dims = collapse(x.shape, y.shape);
    // Two constants stretched over a shape: rare enough for JavaScript.
    const outDims = dims.a.map((d, i) => Math.max(d, dims.b[i]!));
    if (sizeOf(outDims) !== sizeOf(shape)) return fallback();
    const { info, data } = backend.output(shape);
    const rank = dims.a.length;
    backend.run(
      `${op}/${rank}`,
      () => kernel(nodes, [floatValue('a', rank), floatValue('b', rank)], [floatValue('y', rank)]),
      { a: floats(x.data, dims.a), b: floats(y.data, dims.b) },
      { y: floats(data, outDims) },
    );
    return info;
  };

/** Nodes applied one after the other, the first to x. */
const chain = (...ops: string[]): Node[] =>
  ops.map((op, i) => ({ op, inputs: [i === 0 ? 'x' : `t${i}`], outputs: [i === ops.length - 1 ? 'y' : `t${i + 1}`] }));

const unary =
  (nodes: Node[]): Route =>
  ({ inputs, backend }, fallback) => {
    const x = inputs.x!;
    const size = sizeOf(x.shape);
    if (x.dtype !== 'float32' || size < SMALL) return fallback();
    const { info, data } = backend.output(x.shape);
    const values = backend.float32(x);
    backend.run(
      `unary/${nodes.map(({ op }) => op)}`,
      () => kernel(nodes, [floatValue('x', 1)], [floatValue('y', 1)]),
      { x: floats(values, [size]) },
      { y: floats(data, [size]) },
    );
    return info;
  };

export const elementwise: Routes = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
  SquaredDifference: binary('SquaredDifference', [
    { op: 'Sub', inputs: ['a', 'b'], outputs: ['d'] },
    { op: 'Mul', inputs: ['d', 'd'], outputs: ['y'] },
  ]),
  Abs: unary(chain('Abs')),
  Cos: unary(chain('Cos')),
  Erf: unary(chain('Erf')),
  Exp: unary(chain('Exp')),
  Log: unary(chain('Log')),
  Neg: unary(chain('Neg')),
  Reciprocal: unary(chain('Reciprocal')),
  Relu: unary(chain('Relu')),
  Rsqrt: unary(chain('Sqrt', 'Reciprocal')),
  Sigmoid: unary(chain('Sigmoid')),
  Sin: unary(chain('Sin')),
  Softplus: unary(chain('Softplus')),
  Sqrt: unary(chain('Sqrt')),
  Square: unary([{ op: 'Mul', inputs: ['x', 'x'], outputs: ['y'] }]),
  Tanh: unary(chain('Tanh')),
};

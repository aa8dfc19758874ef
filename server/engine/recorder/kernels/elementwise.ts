import { backend_util, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../../onnx/builder.ts';
import { DATA_TYPES } from '../../onnx/model.ts';
import type { RecordedCall, Recorder, Recorders } from '../recorder.ts';
import { onnxType, sameShape } from '../recording.ts';

/** The operand that may stand in for the result when the other one is this constant. */
const IDENTITY: Record<string, { right?: number; left?: number }> = {
  Add: { right: 0, left: 0 },
  Sub: { right: 0 },
  Mul: { right: 1, left: 1 },
  Div: { right: 1 },
};

type Nodes = (g: GraphBuilder, ...values: string[]) => string;
const node =
  (op: string): Nodes =>
  (g, ...values) =>
    g.op(op, values);

/** Writes nodes on operands that broadcast. */
function broadcasting(
  { recording, g }: RecordedCall,
  tensors: TensorInfo[],
  nodes: Nodes,
  dtype: DataType,
): TensorInfo {
  const operands = tensors.map((x) => recording.operand(x));
  const shape = tensors.map((x) => x.shape).reduce(backend_util.assertAndGetBroadcastShape);
  const physical = operands.map(({ shape }) => [...shape]).reduce(backend_util.assertAndGetBroadcastShape);
  return recording.tensor(nodes(g, ...operands.map(({ value }) => value)), shape, dtype, physical);
}

const binary =
  (op: string, nodes = node(op), dtype?: DataType): Recorder =>
  (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const { left, right } = IDENTITY[op] ?? {};
    const is = (x: TensorInfo, constant?: number) =>
      constant !== undefined && call.recording.constantOf(x) === constant;
    if (is(b, right) && sameShape(a.shape, shape)) return call.recording.share(a);
    if (is(a, left) && sameShape(b.shape, shape)) return call.recording.share(b);
    return broadcasting(call, [a, b], nodes, dtype ?? a.dtype);
  };

const compare = (op: string) => binary(op, node(op), 'bool');

const unary =
  (nodes: Nodes): Recorder =>
  (call) => {
    const [x] = Object.values(call.inputs) as [TensorInfo];
    return broadcasting(call, [x], nodes, x.dtype);
  };

/** One node after the other. */
const chain = (...ops: string[]): Recorder => unary((g, x) => ops.reduce((value, op) => g.op(op, [value]), x));

/** Powers that training needs are products and roots, a fraction of the cost. */
const pow: Recorder = (call) => {
  const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
  const known: Record<number, Nodes> = {
    2: (g, x) => g.op('Mul', [x, x]),
    3: (g, x) => g.op('Mul', [g.op('Mul', [x, x]), x]),
    0.5: node('Sqrt'),
    [-1]: node('Reciprocal'),
  };
  const nodes = known[call.recording.constantOf(b) ?? Number.NaN];
  return nodes && sameShape(a.shape, backend_util.assertAndGetBroadcastShape(a.shape, b.shape))
    ? broadcasting(call, [a], nodes, a.dtype)
    : binary('Pow')(call);
};

const cast: Recorder = (call) => {
  const x = call.inputs.x!;
  const dtype = call.attrs.dtype as DataType;
  if (dtype === x.dtype) return call.recording.share(x);
  return broadcasting(call, [x], (g, value) => g.op('Cast', [value], { to: DATA_TYPES[onnxType(dtype)] }), dtype);
};

const clip: Recorder = (call) => {
  const { clipValueMin, clipValueMax } = call.attrs as { clipValueMin: number; clipValueMax: number };
  return unary((g, x) => g.op('Clip', [x, g.number(clipValueMin), g.number(clipValueMax)]))(call);
};

const asFloat = (g: GraphBuilder, condition: string) => g.op('Cast', [condition], { to: DATA_TYPES.float32 });

export const elementwise: Recorders = {
  Add: binary('Add'),
  AddN: (call) => broadcasting(call, Object.values(call.inputs), node('Sum'), 'float32'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: pow,
  SquaredDifference: binary('SquaredDifference', (g, a, b) => {
    const difference = g.op('Sub', [a, b]);
    return g.op('Mul', [difference, difference]);
  }),
  Equal: compare('Equal'),
  NotEqual: binary('NotEqual', (g, a, b) => g.op('Not', [g.op('Equal', [a, b])]), 'bool'),
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  LogicalAnd: compare('And'),
  LogicalOr: compare('Or'),
  LogicalNot: chain('Not'),
  Select: (call) => {
    const { condition, t, e } = call.inputs as Record<'condition' | 't' | 'e', TensorInfo>;
    return broadcasting(call, [condition, t, e], node('Where'), t.dtype);
  },
  Cast: cast,
  ClipByValue: clip,
  Abs: chain('Abs'),
  Ceil: chain('Ceil'),
  Cos: chain('Cos'),
  Erf: chain('Erf'),
  Exp: chain('Exp'),
  Expm1: unary((g, x) => g.op('Sub', [g.op('Exp', [x]), g.number(1)])),
  Floor: chain('Floor'),
  Log: chain('Log'),
  Log1p: unary((g, x) => g.op('Log', [g.op('Add', [x, g.number(1)])])),
  Neg: chain('Neg'),
  Reciprocal: chain('Reciprocal'),
  Relu: chain('Relu'),
  Round: chain('Round'),
  Rsqrt: chain('Sqrt', 'Reciprocal'),
  Sigmoid: chain('Sigmoid'),
  Sign: chain('Sign'),
  Sin: chain('Sin'),
  Softplus: chain('Softplus'),
  Sqrt: chain('Sqrt'),
  Square: unary((g, x) => g.op('Mul', [x, x])),
  Step: (call) => {
    const alpha = (call.attrs.alpha as number | undefined) ?? 0;
    return unary((g, x) => {
      const positive = asFloat(g, g.op('Greater', [x, g.number(0)]));
      return alpha === 0
        ? positive
        : g.op('Add', [positive, g.op('Mul', [asFloat(g, g.op('LessOrEqual', [x, g.number(0)])), g.number(alpha)])]);
    })(call);
  },
  Tanh: chain('Tanh'),
  Identity: (call) => call.recording.share(call.inputs.x!),
};

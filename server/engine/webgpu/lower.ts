import { GraphBuilder } from '../onnx/builder.ts';
import { arithmetic } from '../onnx/fragments/arithmetic.ts';
import { DATA_TYPES, type Graph, type Node } from '../onnx/model.ts';
import { ranksOf } from './ranks.ts';

/** Writes nodes that compute what `node` does; answers with the names of its outputs. */
type Lowering = (g: GraphBuilder, node: Node, rank: (value: string) => number) => readonly string[];

const attribute = (node: Node, name: string): number => {
  const value = node.attributes?.[name];
  return typeof value === 'object' && 'float' in value ? value.float : ((value as number | undefined) ?? 0);
};

const transposed = (g: GraphBuilder, x: string, rank: number): string => {
  const perm = Array.from({ length: rank }, (_, i) => i);
  return g.op('Transpose', [x], { perm: [...perm.slice(0, -2), rank - 1, rank - 2] });
};

/** Matrices: Gemm, which takes transposes and the scale. Batches of them: copies of what is transposed, the scale on the second operand. */
const fusedMatMul: Lowering = (g, node, rank) => {
  const [a, b] = node.inputs as [string, string];
  const [transA, transB] = [attribute(node, 'transA'), attribute(node, 'transB')];
  const alpha = node.attributes?.alpha === undefined ? 1 : attribute(node, 'alpha');
  if (transA === 0 && transB === 0 && alpha === 1) return [g.op('MatMul', [a, b])];
  const [rankA, rankB] = [rank(a), rank(b)];
  if (rankA === 2 && rankB === 2) return [g.op('Gemm', [a, b], { transA, transB, alpha: { float: alpha } })];
  const left = transA === 1 ? transposed(g, a, rankA) : a;
  const right = transB === 1 ? transposed(g, b, rankB) : b;
  return [g.op('MatMul', [left, alpha === 1 ? right : g.op('Mul', [right, g.number(alpha)])])];
};

/** z − log Σ exp z, z = x − max x. */
const logSoftmax: Lowering = (g, node) => {
  const axes = g.indices([node.attributes?.axis === undefined ? -1 : attribute(node, 'axis')]);
  const z = g.op('Sub', [node.inputs[0]!, g.op('ReduceMax', [node.inputs[0]!, axes], { keepdims: 1 })]);
  const sum = g.op('ReduceSum', [g.op('Exp', [z]), axes], { keepdims: 1 });
  return [g.op('Sub', [z, g.op('Log', [sum])])];
};

/** The provider's second output, 1/rms, is wrong (1.30.0): it is computed beside. */
const rmsNorm: Lowering = (g, node) => {
  const [x] = node.inputs as [string];
  const [y] = g.ops(node.op, node.inputs, 1, { ...node.attributes });
  if (node.outputs.length === 1) return [y!];
  const { mul, add, sqrt, reciprocal } = arithmetic(g);
  const square = g.op('ReduceMean', [mul(x, x), g.indices([-1])], { keepdims: 1 });
  return [y!, reciprocal(sqrt(add(square, attribute(node, 'epsilon'))))];
};

const not = (g: GraphBuilder, x: string): string => g.op('Not', [x]);
const or: Lowering = (g, { inputs: [a, b] }) => [not(g, g.op('And', [not(g, a!), not(g, b!)]))];

const sum: Lowering = (g, { inputs }) => [inputs.reduce((total, x) => g.op('Add', [total, x]))];

const sign: Lowering = (g, { inputs: [x] }) => {
  const as = (condition: string) => g.op('Cast', [condition], { to: DATA_TYPES.float32 });
  return [g.op('Sub', [as(g.op('Greater', [x!, g.number(0)])), as(g.op('Less', [x!, g.number(0)]))])];
};

/** Only NaN differs from itself. */
const notANumber: Lowering = (g, { inputs: [x] }) => [not(g, g.op('Equal', [x!, x!]))];

/** Operators that onnxruntime 1.30's WebGPU provider has no (right) kernel for, as ones that it has. */
const LOWERINGS: Record<string, Lowering> = {
  FusedMatMul: fusedMatMul,
  LogSoftmax: logSoftmax,
  SimplifiedLayerNormalization: rmsNorm,
  Or: or,
  Sum: sum,
  Sign: sign,
  IsNaN: notANumber,
};

/** The same graph for WebGPU: everything that has a kernel there stays on the GPU. */
export function lowered(graph: Graph): Graph {
  const rank = ranksOf(graph);
  const g = new GraphBuilder('gpu.');
  for (const node of graph.nodes) {
    const lowering = LOWERINGS[node.op];
    if (lowering === undefined) {
      g.nodes.push(node);
      continue;
    }
    const outputs = lowering(g, node, rank);
    // Under its old name, which loop bodies may read; onnxruntime drops the node.
    node.outputs.forEach((name, i) => {
      g.nodes.push({ op: 'Identity', inputs: [outputs[i]!], outputs: [name] });
    });
  }
  return { ...graph, nodes: g.nodes, initializers: [...(graph.initializers ?? []), ...(g.build().initializers ?? [])] };
}

import { RankwiseError } from '../../base/errors.ts';
import type { Graph, Node } from '../onnx/model.ts';

/** Ranks of a node's inputs (undefined: left out), and the length of the constant vector that an input is. */
interface Known {
  ranks: readonly (number | undefined)[];
  /** Elements of the constant int64 vector at an input. */
  length(input: number): number;
}
type Rule = (known: Known, node: Node) => number;

const same: Rule = ({ ranks }) => ranks[0]!;
const broadcast: Rule = ({ ranks }) => Math.max(...ranks.map((r) => r ?? 0));
const flag = (node: Node, name: string, otherwise: number): number =>
  (node.attributes?.[name] as number | undefined) ?? otherwise;

const reduced: Rule = ({ ranks, length }, node) => {
  if (flag(node, 'keepdims', 1) === 1) return ranks[0]!;
  return ranks[1] === undefined ? 0 : ranks[0]! - length(1);
};
const arg: Rule = ({ ranks }, node) => ranks[0]! - (flag(node, 'keepdims', 1) === 1 ? 0 : 1);

const each = (rule: Rule, names: string): [string, Rule][] => names.split(' ').map((name) => [name, rule]);

/** Rank of (all) outputs of an operator, from those of its inputs. */
const RULES = new Map<string, Rule>([
  ...each(
    same,
    'Identity Neg Abs Exp Log Sqrt Reciprocal Sigmoid Tanh Erf Relu Floor Ceil Round Sign Sin Cos Softplus Not IsNaN Cast Clip ' +
      'Gelu FastGelu QuickGelu Softmax LogSoftmax LayerNormalization SimplifiedLayerNormalization RotaryEmbedding Transpose Slice ' +
      'Concat Split Pad Tile CumSum ScatterElements ScatterND TopK Trilu DequantizeLinear',
  ),
  ...each(
    broadcast,
    'Add Sub Mul Div Pow Max Min Sum Mod Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor Where MatMul FusedMatMul',
  ),
  ...each(reduced, 'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL2 ReduceSumSquare'),
  ...each(arg, 'ArgMax ArgMin'),
  ...each(({ length }) => length(1), 'Reshape'),
  ...each(({ ranks, length }) => Math.max(ranks[0]!, length(1)), 'Expand'),
  ['Gemm', () => 2],
  ['MatMulNBits', same],
  ['MatMulBnb4', same],
  ['Gather', ({ ranks }) => ranks[0]! + ranks[1]! - 1],
  ['GatherElements', ({ ranks }) => ranks[1]!],
  ['Unsqueeze', ({ ranks, length }) => ranks[0]! + length(1)],
  ['Squeeze', ({ ranks, length }) => ranks[0]! - length(1)],
]);

/**
 * The number of dimensions of the values of a graph, as far as it can be told: a value behind an operator that is not known here has
 * none, which matters only to those who ask for it.
 */
export function ranksOf(graph: Graph): (value: string) => number {
  const ranks = new Map<string, number>();
  const lengths = new Map<string, number>();
  for (const { name, shape } of graph.inputs) ranks.set(name, shape.length);
  for (const { name, shape } of graph.initializers ?? []) {
    ranks.set(name, shape.length);
    if (shape.length === 1) lengths.set(name, shape[0]!);
  }
  for (const node of graph.nodes) {
    const known = node.inputs.map((name) => (name === '' ? undefined : ranks.get(name)));
    const rule = RULES.get(node.op);
    if (rule === undefined || node.inputs.some((name, i) => name !== '' && known[i] === undefined)) continue;
    const rank = rule({ ranks: known, length: (i) => lengths.get(node.inputs[i]!) ?? Number.NaN }, node);
    if (!Number.isNaN(rank)) for (const output of node.outputs) ranks.set(output, rank);
  }
  for (const { name, shape } of graph.outputs) ranks.set(name, shape.length);
  return (value) => {
    const rank = ranks.get(value);
    if (rank !== undefined) return rank;
    const node = graph.nodes.find(({ outputs }) => outputs.includes(value));
    throw new RankwiseError('unrecordable-kernel', `${node?.op ?? value}: its number of dimensions is not known`, {
      kind: 'runtime',
      hint: 'This is a defect in Rankwise: the operator has no rule in engine/webgpu/ranks.ts.',
    });
  };
}

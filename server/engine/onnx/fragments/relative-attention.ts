import type { GraphBuilder } from '../builder.ts';
import { arithmetic } from './arithmetic.ts';
import { product } from './product.ts';
import { scan } from './scan.ts';

/** Sizes of ops/relative-attention.ts. */
export interface RelativeSizes {
  batch: number;
  heads: number;
  time: number;
  d: number;
  scale: number;
  /** Of the mask, [1|batch, 1, 1|time, time]. */
  bias: readonly number[];
}

type Name = 'q' | 'k' | 'v' | 'bias' | 'keys' | 'queries';
export type RelativeValues = Record<Name, string>;

/** [heads, time, 2·time − 1] by distance to [heads, time, time] by source. */
function bySource(g: GraphBuilder, x: string, { heads, time }: RelativeSizes): string {
  if (time === 1) return x;
  const cut = (x: string, axis: number, from: number, to: number) =>
    g.op('Slice', [x, g.indices([from]), g.indices([to]), g.indices([axis])]);
  const flat = g.op('Reshape', [x, g.indices([heads, time * (2 * time - 1)])]);
  const skewed = cut(flat, 1, time - 1, time * (2 * time - 2) + time - 1);
  return cut(g.op('Reshape', [skewed, g.indices([heads, time, 2 * time - 2])]), 2, 0, time);
}

/** Its transpose. */
function byDistance(g: GraphBuilder, x: string, { heads, time }: RelativeSizes): string {
  if (time === 1) return x;
  const pad = (x: string, pads: number[]) => g.op('Pad', [x, g.indices(pads), g.number(0)]);
  const rows = pad(x, [0, 0, 0, 0, 0, time - 2]);
  const flat = g.op('Reshape', [rows, g.indices([heads, time * (2 * time - 2)])]);
  return g.op('Reshape', [pad(flat, [0, time - 1, 0, 1]), g.indices([heads, time, 2 * time - 1])]);
}

const swapped = (g: GraphBuilder, x: string) => g.op('Transpose', [x], { perm: [0, 2, 1] });

/** [heads, time, time], of one row of the batch. The backward pass computes it again. */
function probabilities(g: GraphBuilder, v: RelativeValues, sizes: RelativeSizes): string {
  const { add } = arithmetic(g);
  const scores = (a: string, b: string) => product(g, a, b, { transposeB: true, scale: sizes.scale, again: true });
  const toPosition = bySource(g, scores(v.q, v.keys), sizes);
  const fromPosition = swapped(g, bySource(g, scores(v.k, v.queries), sizes));
  const sum = add(add(add(scores(v.q, v.k), toPosition), fromPosition), v.bias);
  return g.op('Softmax', [sum], { axis: 2 });
}

const forward = (g: GraphBuilder, v: RelativeValues, sizes: RelativeSizes): string[] => [
  product(g, probabilities(g, v, sizes), v.v),
];

function backward(g: GraphBuilder, v: RelativeValues & { dy: string }, sizes: RelativeSizes): string[] {
  const { add, sub, mul, sum } = arithmetic(g);
  const { scale } = sizes;
  const p = probabilities(g, v, sizes);
  const dp = product(g, v.dy, v.v, { transposeB: true });
  const ds = mul(p, sub(dp, sum(mul(dp, p), 3)));
  const toPosition = byDistance(g, ds, sizes);
  const fromPosition = byDistance(g, swapped(g, ds), sizes);
  return [
    add(product(g, ds, v.k, { scale }), product(g, toPosition, v.keys, { scale })),
    add(product(g, ds, v.q, { transposeA: true, scale }), product(g, fromPosition, v.queries, { scale })),
    product(g, p, v.dy, { transposeA: true }),
    product(g, toPosition, v.q, { transposeA: true, scale }),
    product(g, fromPosition, v.k, { transposeA: true, scale }),
  ];
}

/** Row by row of the batch, so that the scores, quadratic in time, exist for one row at a time. */
function rows<V extends RelativeValues>(
  g: GraphBuilder,
  body: (g: GraphBuilder, values: V, sizes: RelativeSizes) => string[],
  values: V,
  results: readonly (readonly number[])[],
  sizes: RelativeSizes,
): readonly string[] {
  const { heads, time, d } = sizes;
  const { keys, queries, bias, ...own }: RelativeValues = values;
  const [biasBatch, , biasTime] = sizes.bias as [number, number, number, number];
  const items = Object.entries(own).map(([name, value]) => ({ name, value, shape: [heads, time, d] }));
  const shared = { keys, queries, bias: g.op('Reshape', [bias, g.indices([biasBatch, biasTime, time])]) };
  if (sizes.batch === biasBatch) items.push({ name: 'bias', value: shared.bias, shape: [biasTime, time] });
  return scan(g, 'd', items, results, (b, row: V) => body(b, { ...shared, ...row }, sizes));
}

/** As q. */
export const relativeAttention = (g: GraphBuilder, values: RelativeValues, sizes: RelativeSizes): string =>
  rows(g, forward, values, [[sizes.heads, sizes.time, sizes.d]], sizes)[0]!;

/** dq, dk, dv, dkeys and dqueries, the last two summed over the batch. */
export function relativeAttentionGrad(
  g: GraphBuilder,
  values: RelativeValues & { dy: string },
  sizes: RelativeSizes,
): readonly string[] {
  const { heads, time, d } = sizes;
  const own = [heads, time, d];
  const table = [heads, 2 * time - 1, d];
  const [dq, dk, dv, ...tables] = rows(g, backward, values, [own, own, own, table, table], sizes);
  const sums = tables.map((each) => g.op('ReduceSum', [each, g.indices([0])], { keepdims: 0 }));
  return [dq!, dk!, dv!, ...sums];
}

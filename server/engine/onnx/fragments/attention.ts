import type { GraphBuilder } from '../builder.ts';
import { arithmetic } from './arithmetic.ts';
import { product } from './product.ts';

/** Sizes of scaled dot-product attention, see ops/attention.ts. */
export interface AttentionSizes {
  batch: number;
  heads: number;
  kvHeads: number;
  time: number;
  source: number;
  scale: number;
}

/** q, k, v, dy as [batch, heads or kvHeads, time, d]; bias broadcasting to [batch, heads, time, source]. */
export interface AttentionValues {
  q: string;
  k: string;
  v: string;
  bias: string;
}

/** [batch, heads, time, d] -> [batch, kvHeads, heads/kvHeads·time, d]: grouped queries share a key head; no copy. */
function grouped(g: GraphBuilder, x: string, { heads, kvHeads, time, batch }: AttentionSizes): string {
  if (heads === kvHeads) return x;
  return g.op('Reshape', [x, g.indices([batch, kvHeads, (heads / kvHeads) * time, -1])]);
}

function ungrouped(g: GraphBuilder, x: string, { heads, kvHeads, time, batch }: AttentionSizes): string {
  return heads === kvHeads ? x : g.op('Reshape', [x, g.indices([batch, heads, time, -1])]);
}

/** Softmax of the scaled, biased scores, grouped. */
function probabilities(g: GraphBuilder, { q, k, bias }: AttentionValues, sizes: AttentionSizes): string {
  const scores = ungrouped(g, product(g, grouped(g, q, sizes), k, { transposeB: true, scale: sizes.scale }), sizes);
  return grouped(g, g.op('Softmax', [g.op('Add', [scores, bias])], { axis: 3 }), sizes);
}

export const attention = (g: GraphBuilder, values: AttentionValues, sizes: AttentionSizes): string =>
  ungrouped(g, product(g, probabilities(g, values, sizes), values.v), sizes);

export function attentionGrad(
  g: GraphBuilder,
  values: AttentionValues,
  dy: string,
  sizes: AttentionSizes,
): { dq: string; dk: string; dv: string } {
  const { sub, mul, sum } = arithmetic(g);
  const { scale } = sizes;
  const p = probabilities(g, values, sizes);
  const dContext = grouped(g, dy, sizes);
  const dp = product(g, dContext, values.v, { transposeB: true });
  const ds = mul(p, sub(dp, sum(mul(dp, p), 4)));
  return {
    dq: ungrouped(g, product(g, ds, values.k, { scale }), sizes),
    dk: product(g, ds, grouped(g, values.q, sizes), { transposeA: true, scale }),
    dv: product(g, p, dContext, { transposeA: true }),
  };
}

import type { GraphBuilder } from '../builder.ts';
import { arithmetic } from './arithmetic.ts';
import { product } from './product.ts';
import { scan } from './scan.ts';

/** Sizes of scaled dot-product attention, see ops/attention.ts. `d` of queries and keys, `dv` of values and results. */
export interface AttentionSizes {
  batch: number;
  heads: number;
  kvHeads: number;
  time: number;
  source: number;
  d: number;
  dv: number;
  scale: number;
  /** Scores are cap·tanh(score / cap); 0: none. */
  cap: number;
  /** Of the mask, four axes that broadcast to [batch, heads, time, source]. */
  bias: readonly number[];
}

/** q: [batch, heads, time, d], k: [batch, kvHeads, source, d], v: [batch, kvHeads, source, dv], and the mask. */
export interface AttentionValues {
  q: string;
  k: string;
  v: string;
  bias: string;
}

/** One part of the scores: queries [...lead, group, time, d] that share keys [...lead, source, d]. */
interface Part {
  lead: readonly number[];
  group: number;
  sizes: AttentionSizes;
}

/** [...lead, group, time, ·] -> [...lead, group·time, ·] and back; no copy. */
const together = (g: GraphBuilder, x: string, { lead, group, sizes }: Part) =>
  g.op('Reshape', [x, g.indices([...lead, group * sizes.time, -1])]);
const apart = (g: GraphBuilder, x: string, { lead, group, sizes }: Part) =>
  g.op('Reshape', [x, g.indices([...lead, group, sizes.time, -1])]);

/**
 * scale·q·kᵀ, with a cap tanh(scale·q·kᵀ / cap), [...lead, group·time, source]; `q` is together. The backward pass computes it again: kept,
 * it would be the largest part of the memory.
 */
function scoresOf(g: GraphBuilder, { q, k }: AttentionValues, { sizes: { scale, cap } }: Part): string {
  const scores = product(g, q, k, { transposeB: true, scale: cap > 0 ? scale / cap : scale, again: true });
  return cap > 0 ? g.op('Tanh', [scores]) : scores;
}

/** Softmax of the biased scores, in their shape. */
function probabilities(g: GraphBuilder, scores: string, bias: string, part: Part): string {
  const { mul, add } = arithmetic(g);
  const { cap } = part.sizes;
  const biased = add(apart(g, cap > 0 ? mul(scores, cap) : scores, part), bias);
  return together(g, g.op('Softmax', [biased], { axis: part.lead.length + 2 }), part);
}

const forward = (g: GraphBuilder, values: AttentionValues, part: Part): string[] => {
  const q = together(g, values.q, part);
  const p = probabilities(g, scoresOf(g, { ...values, q }, part), values.bias, part);
  return [apart(g, product(g, p, values.v), part)];
};

/** dq, dk, dv. */
function backward(g: GraphBuilder, values: AttentionValues & { dy: string }, part: Part): string[] {
  const { sub, mul, sum } = arithmetic(g);
  const { scale, cap } = part.sizes;
  const [q, dContext] = [together(g, values.q, part), together(g, values.dy, part)];
  const scores = scoresOf(g, { ...values, q }, part);
  const p = probabilities(g, scores, values.bias, part);
  const dp = product(g, dContext, values.v, { transposeB: true });
  const dCapped = mul(p, sub(dp, sum(mul(dp, p), part.lead.length + 2)));
  const ds = cap > 0 ? mul(dCapped, sub(1, mul(scores, scores))) : dCapped;
  return [
    apart(g, product(g, ds, values.k, { scale }), part),
    product(g, ds, q, { transposeA: true, scale }),
    product(g, p, dContext, { transposeA: true }),
  ];
}

type Body<V extends AttentionValues> = (g: GraphBuilder, values: V, part: Part) => string[];
/** Axes that each result keeps of one head's part. */
type Shapes = readonly (readonly number[])[];

/**
 * Row by row of the batch, so that the scores, quadratic in time, exist for one row at a time; with `perHead` for one head of keys.
 * A loop's inputs and results are views of the whole tensors: nothing is copied.
 */
function looped<V extends AttentionValues>(
  g: GraphBuilder,
  body: Body<V>,
  values: V,
  results: Shapes,
  sizes: AttentionSizes,
  perHead: boolean,
): readonly string[] {
  const { heads, kvHeads } = sizes;
  const group = heads / kvHeads;
  const { bias, ...rest } = values;
  const [biasBatch, biasHeads, biasTime, biasSource] = sizes.bias as [number, number, number, number];
  const split = biasHeads === 1 ? [1, 1] : [kvHeads, group];
  const shared = biasBatch === 1;
  const shapeOf = (name: string) => itemShape(name, sizes);
  const mask = g.op('Reshape', [bias, g.indices([...(shared ? [] : [biasBatch]), ...split, biasTime, biasSource])]);
  const items = Object.entries(rest).map(([name, value]) => {
    const shape = shapeOf(name);
    return { name, value: g.op('Reshape', [value, g.indices([sizes.batch, ...shape])]), shape };
  });
  if (!shared) items.push({ name: 'bias', value: mask, shape: [...split, biasTime, biasSource] });

  const inner = perHead
    ? (b: GraphBuilder, v: V) => {
        const { bias, ...heady } = v;
        const perHeadBias = biasHeads !== 1;
        const heads = Object.entries(heady).map(([name, value]) => ({ name, value, shape: shapeOf(name).slice(1) }));
        if (perHeadBias) heads.push({ name: 'bias', value: bias, shape: [group, biasTime, biasSource] });
        // Alone on its axis, the mask of all heads needs none.
        const all = perHeadBias ? bias : b.op('Reshape', [bias, b.indices([1, biasTime, biasSource])]);
        const one = (h: GraphBuilder, w: V) =>
          body(h, { ...w, bias: perHeadBias ? w.bias : all }, { lead: [], group, sizes });
        return scan(b, 'h', heads, results, one);
      }
    : (b: GraphBuilder, v: V) => body(b, v, { lead: [kvHeads], group, sizes });
  const rowResults = results.map((shape) => [kvHeads, ...shape]);
  return scan(g, 'r', items, rowResults, (b, v: V) => inner(b, shared ? { ...v, bias: mask } : v));
}

const itemShape = (name: string, { kvHeads, heads, time, source, d, dv }: AttentionSizes): number[] => {
  const group = heads / kvHeads;
  const shapes: Record<string, number[]> = {
    q: [kvHeads, group, time, d],
    k: [kvHeads, source, d],
    v: [kvHeads, source, dv],
    dy: [kvHeads, group, time, dv],
  };
  return shapes[name]!;
};

export interface AttentionOptions {
  /** Scores of one row of the batch, or of one head, at a time; undefined: all at once, for devices without loops. */
  loop: 'row' | 'head' | undefined;
}

const whole = ({ batch, kvHeads, heads }: AttentionSizes) => ({ lead: [batch, kvHeads], group: heads / kvHeads });

function run<V extends AttentionValues>(
  g: GraphBuilder,
  body: Body<V>,
  values: V,
  results: Shapes,
  sizes: AttentionSizes,
  { loop }: AttentionOptions,
): readonly string[] {
  if (loop !== undefined) return looped(g, body, values, results, sizes, loop === 'head');
  const { kvHeads, heads } = sizes;
  const [biasBatch, biasHeads, biasTime, biasSource] = sizes.bias as [number, number, number, number];
  const split = biasHeads === 1 ? [1, 1] : [kvHeads, heads / kvHeads];
  const bias = g.op('Reshape', [values.bias, g.indices([biasBatch, ...split, biasTime, biasSource])]);
  return body(g, { ...values, bias }, { ...whole(sizes), sizes });
}

/** As [batch, heads, time, dv]. */
export function attention(
  g: GraphBuilder,
  values: AttentionValues,
  sizes: AttentionSizes,
  options: AttentionOptions,
): string {
  const { batch, heads, kvHeads, time, dv } = sizes;
  const [y] = run(g, forward, values, [[heads / kvHeads, time, dv]], sizes, options);
  return g.op('Reshape', [y!, g.indices([batch, heads, time, dv])]);
}

/** dq, dk and dv, shaped as q, k and v. */
export function attentionGrad(
  g: GraphBuilder,
  values: AttentionValues & { dy: string },
  sizes: AttentionSizes,
  options: AttentionOptions,
): readonly string[] {
  const { batch, heads, kvHeads, time, source, d, dv } = sizes;
  const results = [
    [heads / kvHeads, time, d],
    [source, d],
    [source, dv],
  ];
  const [dq, dk, dValue] = run(g, backward, values, results, sizes, options);
  return [
    g.op('Reshape', [dq!, g.indices([batch, heads, time, d])]),
    g.op('Reshape', [dk!, g.indices([batch, kvHeads, source, d])]),
    g.op('Reshape', [dValue!, g.indices([batch, kvHeads, source, dv])]),
  ];
}

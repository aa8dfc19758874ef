import type { GraphBuilder } from '../builder.ts';
import { arithmetic } from './arithmetic.ts';

/** Over the last axis of x, which has `rank` axes; the other fields as in ops/. */
export interface Norm {
  rank: number;
  eps: number;
}

const attributes = (eps: number) => ({ axis: -1, epsilon: { float: eps } });

/** The normalised x, and 1/rms of each row. */
function rms(g: GraphBuilder, x: string, weight: string, { eps }: Norm): readonly string[] {
  return g.ops('SimplifiedLayerNormalization', [x, weight], 2, attributes(eps));
}

export const rmsNorm = (g: GraphBuilder, x: string, weight: string, norm: Norm): string => rms(g, x, weight, norm)[0]!;

/** s·(g − x·s²·mean(g·x)), s = 1/rms, g = dy·weight. */
export function rmsNormGrad(g: GraphBuilder, x: string, weight: string, dy: string, norm: Norm): string {
  const { sub, mul, mean } = arithmetic(g);
  const s = rms(g, x, weight, norm)[1]!;
  const weighted = mul(dy, weight);
  const projection = mul(mean(mul(weighted, x), norm.rank), mul(s, s));
  return mul(sub(weighted, mul(x, projection)), s);
}

export const layerNorm = (g: GraphBuilder, x: string, weight: string, bias: string, { eps }: Norm): string =>
  g.ops('LayerNormalization', [x, weight, bias], 1, attributes(eps))[0]!;

/** s·(g − mean(g) − x̂·mean(g·x̂)), x̂ = (x − mean)·s, g = dy·weight. */
export function layerNormGrad(g: GraphBuilder, x: string, weight: string, dy: string, { rank, eps }: Norm): string {
  const { add, sub, mul, mean, sqrt, reciprocal } = arithmetic(g);
  const centred = sub(x, mean(x, rank));
  const s = reciprocal(sqrt(add(mean(mul(centred, centred), rank), eps)));
  const normal = mul(centred, s);
  const weighted = mul(dy, weight);
  const along = mul(normal, mean(mul(weighted, normal), rank));
  return mul(sub(sub(weighted, mean(weighted, rank)), along), s);
}

import type { GraphBuilder } from '../builder.ts';
import { arithmetic } from './arithmetic.ts';

/** logits [rows, classes], labels int32 [rows]; see ops/cross-entropy.ts. */
export interface CrossEntropy {
  logits: string;
  labels: string;
  rows: number;
  classes: number;
  /** Part of each target that is spread over all classes; 0 for none. */
  smoothing: number;
  ignoreIndex: number;
}

/** The place of each row's label (class 0 where it is ignored), and which rows are. */
function targets(g: GraphBuilder, { labels, rows, ignoreIndex }: CrossEntropy) {
  const integer = (value: number) => g.constant({ type: 'int32', shape: [], data: Int32Array.of(value) });
  const ignored = g.op('Equal', [labels, integer(ignoreIndex)]);
  const places = g.op('Reshape', [g.op('Where', [ignored, integer(0), labels]), g.indices([rows, 1])]);
  return { places, ignored };
}

export function crossEntropy(g: GraphBuilder, call: CrossEntropy): string {
  const { places, ignored } = targets(g, call);
  const log = g.op('LogSoftmax', [call.logits], { axis: 1 });
  const picked = g.op('Reshape', [g.op('GatherElements', [log, places], { axis: 1 }), g.indices([call.rows])]);
  const { smoothing, rows } = call;
  if (smoothing === 0) return g.op('Where', [ignored, g.number(0), g.op('Neg', [picked])]);
  const { add, mul } = arithmetic(g);
  const all = g.op('Reshape', [g.op('ReduceMean', [log, g.indices([1])]), g.indices([rows])]);
  const smooth = add(mul(picked, g.number(1 - smoothing)), mul(all, g.number(smoothing)));
  return g.op('Where', [ignored, g.number(0), g.op('Neg', [smooth])]);
}

/** (softmax(logits) − target)·dy per row, 0 where ignored. The logits are kept for it: their softmax costs less than the exponential of its logarithm. */
export function crossEntropyGrad(g: GraphBuilder, dy: string, call: CrossEntropy): string {
  const { places, ignored } = targets(g, call);
  const { mul } = arithmetic(g);
  const { smoothing } = call;
  const softmax = g.op('Softmax', [call.logits], { axis: 1 });
  const minusOne = g.op('Expand', [g.number(smoothing - 1), g.indices([call.rows, 1])]);
  const sharp = g.op('ScatterElements', [softmax, places, minusOne], { axis: 1, reduction: 'add' });
  const difference = smoothing === 0 ? sharp : g.op('Sub', [sharp, g.number(smoothing / call.classes)]);
  const counted = g.op('Where', [ignored, g.number(0), dy]);
  return mul(difference, g.op('Reshape', [counted, g.indices([call.rows, 1])]));
}

import type { GraphBuilder } from '../builder.ts';
import { arithmetic } from './arithmetic.ts';

/** logits [rows, classes], labels int32 [rows]; see ops/cross-entropy.ts. */
export interface CrossEntropy {
  logits: string;
  labels: string;
  rows: number;
  ignoreIndex: number;
}

/** Log probabilities, the place of each row's label (class 0 where it is ignored), and which rows are. */
function parts(g: GraphBuilder, { logits, labels, rows, ignoreIndex }: CrossEntropy) {
  const integer = (value: number) => g.constant({ type: 'int32', shape: [], data: Int32Array.of(value) });
  const ignored = g.op('Equal', [labels, integer(ignoreIndex)]);
  const places = g.op('Reshape', [g.op('Where', [ignored, integer(0), labels]), g.indices([rows, 1])]);
  return { log: g.op('LogSoftmax', [logits], { axis: 1 }), places, ignored };
}

export function crossEntropy(g: GraphBuilder, call: CrossEntropy): string {
  const { log, places, ignored } = parts(g, call);
  const picked = g.op('Reshape', [g.op('GatherElements', [log, places], { axis: 1 }), g.indices([call.rows])]);
  return g.op('Where', [ignored, g.number(0), g.op('Neg', [picked])]);
}

/** (softmax(logits) − target)·dy per row, 0 where ignored. */
export function crossEntropyGrad(g: GraphBuilder, dy: string, call: CrossEntropy): string {
  const { log, places, ignored } = parts(g, call);
  const { mul, exp } = arithmetic(g);
  const minusOne = g.op('Expand', [g.number(-1), g.indices([call.rows, 1])]);
  const difference = g.op('ScatterElements', [exp(log), places, minusOne], { axis: 1, reduction: 'add' });
  const counted = g.op('Where', [ignored, g.number(0), dy]);
  return mul(difference, g.op('Reshape', [counted, g.indices([call.rows, 1])]));
}

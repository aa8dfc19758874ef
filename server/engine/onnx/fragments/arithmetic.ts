import type { GraphBuilder } from '../builder.ts';

/** Short names for the elementwise nodes that fragments are made of; a number stands for a scalar constant. */
export function arithmetic(g: GraphBuilder) {
  type Operand = string | number;
  const value = (x: Operand) => (typeof x === 'number' ? g.number(x) : x);
  const binary = (op: string) => (a: Operand, b: Operand) => g.op(op, [value(a), value(b)]);
  const unary = (op: string) => (x: string) => g.op(op, [x]);
  return {
    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('Div'),
    exp: unary('Exp'),
    erf: unary('Erf'),
    sigmoid: unary('Sigmoid'),
    sqrt: unary('Sqrt'),
    reciprocal: unary('Reciprocal'),
    /** Along the last axis of a value with `rank` axes, which stays as 1. */
    mean: (x: string, rank: number) => g.op('ReduceMean', [x, g.indices([rank - 1])], { keepdims: 1 }),
    sum: (x: string, rank: number) => g.op('ReduceSum', [x, g.indices([rank - 1])], { keepdims: 1 }),
  };
}

import * as tf from '@tensorflow/tfjs-core';
import { unbroadcast } from './broadcast.ts';
import type { Gradient, Gradients } from './registry.ts';

type Pair = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const binary = (da: Pair, db: Pair, more: Partial<Gradient> = {}): Gradient => ({
  inputs: ['a', 'b'],
  of: ([dy], [a, b]) => ({
    a: () => unbroadcast(da(dy!, a!, b!), a!),
    b: () => unbroadcast(db(dy!, a!, b!), b!),
  }),
  ...more,
});

/** dx as a function of x. */
const unary = (dx: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor): Gradient => ({
  inputs: ['x'],
  of: ([dy], [x]) => ({ x: () => dx(dy!, x!) }),
});

/** dx as a function of the result y, which is kept instead of x. */
const fromResult = (dx: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor): Gradient => ({
  output: true,
  of: ([dy], [y]) => ({ x: () => dx(dy!, y!) }),
});

const where = (condition: tf.Tensor, dy: tf.Tensor) => tf.mul(dy, tf.cast(condition, 'float32'));

export const elementwise: Gradients = {
  Add: binary(
    (dy) => dy,
    (dy) => dy,
    { shapesOnly: true },
  ),
  Sub: binary(
    (dy) => dy,
    (dy) => tf.neg(dy),
    { shapesOnly: true },
  ),
  Multiply: binary(
    (dy, _, b) => tf.mul(dy, tf.cast(b, 'float32')),
    (dy, a) => tf.mul(dy, tf.cast(a, 'float32')),
  ),
  RealDiv: binary(
    (dy, _, b) => tf.div(dy, tf.cast(b, 'float32')),
    (dy, a, b) => tf.neg(tf.div(tf.mul(dy, tf.cast(a, 'float32')), tf.square(tf.cast(b, 'float32')))),
  ),
  SquaredDifference: binary(
    (dy, a, b) => tf.mul(dy, tf.mul(2, tf.sub(a, b))),
    (dy, a, b) => tf.mul(dy, tf.mul(2, tf.sub(b, a))),
  ),
  // A tie goes to the first operand, so that the two gradients add up to dy.
  Maximum: binary(
    (dy, a, b) => where(tf.greaterEqual(a, b), dy),
    (dy, a, b) => where(tf.less(a, b), dy),
  ),
  Minimum: binary(
    (dy, a, b) => where(tf.lessEqual(a, b), dy),
    (dy, a, b) => where(tf.greater(a, b), dy),
  ),
  Pow: binary(
    (dy, a, b) => tf.mul(dy, tf.mul(b, tf.pow(a, tf.sub(b, 1)))),
    // a^b·ln a, taken as 0 where a is not positive.
    (dy, a, b) => tf.mul(dy, tf.mul(tf.pow(a, b), tf.where(tf.greater(a, 0), tf.log(a), tf.zerosLike(a)))),
  ),
  AddN: {
    inputs: 'all',
    shapesOnly: true,
    of: ([dy], kept) => Object.fromEntries(kept.map((_, i) => [i, () => dy!])),
  },
  Abs: unary((dy, x) => tf.mul(dy, tf.sign(x))),
  ClipByValue: {
    inputs: ['x'],
    of: ([dy], [x], attrs) => ({
      x: () =>
        where(
          tf.logicalAnd(
            tf.greaterEqual(x!, attrs.clipValueMin as number),
            tf.lessEqual(x!, attrs.clipValueMax as number),
          ),
          dy!,
        ),
    }),
  },
  Cos: unary((dy, x) => tf.neg(tf.mul(dy, tf.sin(x)))),
  Erf: unary((dy, x) => tf.mul(dy, tf.mul(2 / Math.sqrt(Math.PI), tf.exp(tf.neg(tf.square(x)))))),
  Exp: fromResult((dy, y) => tf.mul(dy, y)),
  Expm1: fromResult((dy, y) => tf.mul(dy, tf.add(y, 1))),
  Log: unary((dy, x) => tf.div(dy, x)),
  Log1p: unary((dy, x) => tf.div(dy, tf.add(x, 1))),
  Neg: { of: ([dy]) => ({ x: () => tf.neg(dy!) }) },
  Reciprocal: fromResult((dy, y) => tf.neg(tf.mul(dy, tf.square(y)))),
  Relu: fromResult((dy, y) => where(tf.greater(y, 0), dy)),
  Rsqrt: fromResult((dy, y) => tf.mul(dy, tf.mul(-0.5, tf.mul(y, tf.square(y))))),
  Sigmoid: fromResult((dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y)))),
  Sin: unary((dy, x) => tf.mul(dy, tf.cos(x))),
  Softplus: unary((dy, x) => tf.mul(dy, tf.sigmoid(x))),
  Sqrt: fromResult((dy, y) => tf.div(tf.mul(dy, 0.5), y)),
  Square: unary((dy, x) => tf.mul(dy, tf.mul(x, 2))),
  Tanh: fromResult((dy, y) => tf.mul(dy, tf.sub(1, tf.square(y)))),
  Select: {
    inputs: ['condition'],
    of: ([dy], [condition]) => ({
      condition: () => tf.zerosLike(tf.cast(condition!, 'float32')),
      t: () => where(condition!, dy!),
      e: () => where(tf.logicalNot(condition!), dy!),
    }),
  },
  // Steps and constants have no slope.
  OnesLike: { inputs: ['x'], shapesOnly: true, of: (_, [x]) => ({ x: () => tf.zeros(x!.shape) }) },
  Sign: { of: ([dy]) => ({ x: () => tf.zerosLike(dy!) }) },
  Step: { of: ([dy]) => ({ x: () => tf.zerosLike(dy!) }) },
  ZerosLike: { of: ([dy]) => ({ x: () => tf.zerosLike(dy!) }) },
};

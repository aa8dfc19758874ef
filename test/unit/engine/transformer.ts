import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradients } from '../../../server/engine/index.ts';
import {
  addLinear,
  attention,
  crossEntropy,
  embedding,
  gelu,
  linear,
  rmsNorm,
  rotary,
} from '../../../server/engine/ops/index.ts';
import type { StepFunction } from '../../../server/engine/types.ts';
import { values } from './reference.ts';

const [WIDTH, HEADS, CLASSES, RANK, BATCH, EPS] = [32, 2, 64, 4, 2, 1e-6];
const HEAD = WIDTH / HEADS;

const tensor = (shape: number[], seed: number, scale: number, offset = 0) =>
  tf.tensor(
    Float32Array.from(values(shape, seed).data, (x) => x * scale + offset),
    shape,
  );

/** A training step of a small decoder with a low-rank adapter: its weights are frozen, the adapter and the batch are inputs. */
export function transformer() {
  const weights = {
    embedding: tensor([CLASSES, WIDTH], 1, 1),
    norm: tensor([1, WIDTH], 2, 0.1, 1),
    q: tensor([WIDTH, WIDTH], 3, 0.2),
    k: tensor([WIDTH, WIDTH], 4, 0.2),
    v: tensor([WIDTH, WIDTH], 5, 0.2),
    up: tensor([4 * WIDTH, WIDTH], 6, 0.2),
    down: tensor([WIDTH, 4 * WIDTH], 7, 0.1),
  };
  const norm = tf.reshape(weights.norm, [WIDTH]);

  const step: StepFunction = ({ ids, labels, bias, cos, sin, a, b }) => {
    const time = ids!.shape[1]!;
    const heads = (x: tf.Tensor) => tf.transpose(tf.reshape(x, [BATCH, time, HEADS, HEAD]), [0, 2, 1, 3]);
    const rows = (x: tf.Tensor) => tf.reshape(x, [BATCH * time, WIDTH]);
    const loss = () => {
      const x = rows(embedding(weights.embedding, ids!));
      const h = rmsNorm(x, norm, EPS);
      const q = addLinear(linear(h, weights.q), linear(h, a!), b!, 2);
      const turned = (y: tf.Tensor) => rotary(heads(y), cos!, sin!);
      const context = attention(
        turned(q),
        turned(linear(h, weights.k)),
        heads(linear(h, weights.v)),
        bias!,
        HEAD ** -0.5,
      );
      const y = tf.add(x, rows(tf.transpose(context, [0, 2, 1, 3])));
      const z = tf.add(y, linear(gelu(linear(rmsNorm(y, norm, EPS), weights.up), 'tanh'), weights.down));
      const logits = linear(rmsNorm(z, norm, EPS), weights.embedding);
      return tf.mean(crossEntropy(logits, tf.reshape(labels!, [-1]))) as tf.Scalar;
    };
    const { value, gradients } = valueAndGradients(loss, { a: a!, b: b! });
    return { loss: value, ...gradients };
  };

  const inputs = (time: number) => {
    const tokens = (seed: number) =>
      tf.tensor(
        Int32Array.from(values([BATCH, time], seed).data, (x) => Math.floor(((x + 1) / 2) * CLASSES)),
        [BATCH, time],
        'int32',
      );
    const angles = tensor([time, HEAD / 2], 8, 3);
    return {
      ids: tokens(9),
      labels: tokens(10),
      bias: tf.tensor(
        Float32Array.from({ length: time * time }, (_, i) => (i % time > Math.floor(i / time) ? -1e9 : 0)),
        [1, 1, time, time],
      ),
      cos: tf.cos(angles),
      sin: tf.sin(angles),
      a: tensor([RANK, WIDTH], 11, 0.2),
      b: tensor([WIDTH, RANK], 12, 0.2),
    };
  };

  return { step, inputs };
}

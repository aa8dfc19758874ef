import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  bucketedStep,
  capabilities,
  doctor,
  fromHost,
  memoryStats,
  startEngine,
  toHost,
  valueAndGradients,
} from '../../../server/engine/index.ts';
import type { OnnxRuntimeBackend } from '../../../server/engine/onnxruntime/backend.ts';
import * as ops from '../../../server/engine/ops/index.ts';
import { useBackend } from './backends.ts';
import { values } from './reference.ts';

const random = (shape: number[], seed: number) => Float32Array.from(values(shape, seed).data);

/** One layer of a transformer with a low-rank update, large enough for the native kernels. */
function layerStep() {
  const [batch, time, d, heads, vocab] = [2, 16, 32, 4, 64];
  const weight = (rows: number, columns: number, seed: number) =>
    tf.tensor(
      random([rows, columns], seed).map((x) => x / 4),
      [rows, columns],
    );
  const frozen = { embed: weight(vocab, d, 1), q: weight(d, d, 2), up: weight(2 * d, d, 3), down: weight(d, 2 * d, 4) };
  const gain = tf.ones([d]);
  const bias = tf.zeros([1, 1, 1, time]);
  const step = bucketedStep(({ ids, A, B, labels }) => {
    const { value, gradients } = valueAndGradients(
      () => {
        const x = ops.embedding(frozen.embed, ids!);
        const rows = tf.reshape(ops.rmsNorm(x, gain, 1e-5), [-1, d]);
        const q = ops.addLinear(ops.linear(rows, frozen.q), ops.linear(rows, A!), B!, 2);
        const split = tf.transpose(tf.reshape(q, [batch, time, heads, d / heads]), [0, 2, 1, 3]);
        const context = ops.attention(split, split, split, bias, 0.5);
        const joined = tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [-1, d]);
        const hidden = ops.linear(ops.gelu(ops.linear(joined, frozen.up), 'tanh'), frozen.down);
        return tf.mean(ops.crossEntropy(ops.linear(hidden, frozen.embed), labels!)) as tf.Scalar;
      },
      { A: A!, B: B! },
    );
    return { loss: value, ...gradients };
  });
  const ids = tf.tensor2d(
    Int32Array.from({ length: batch * time }, (_, i) => (i * 7) % vocab),
    [batch, time],
    'int32',
  );
  const labels = tf.tensor1d(
    Int32Array.from({ length: batch * time }, (_, i) => (i * 5) % vocab),
    'int32',
  );
  const A = { shape: [4, d], data: random([4, d], 5) };
  const B = { shape: [d, 4], data: random([d, 4], 6) };
  /** Runs once and moves A and B against their gradients. */
  return () => {
    const [a, b] = [fromHost(A), fromHost(B)];
    const { loss, A: dA, B: dB } = step.run({ ids, labels, A: a, B: b });
    for (const [host, gradient] of [
      [A, dA!],
      [B, dB!],
    ] as const) {
      const slopes = gradient.dataSync();
      host.data.forEach((_, i) => {
        host.data[i]! -= 0.05 * slopes[i]!;
      });
    }
    const value = loss!.dataSync()[0]!;
    tf.dispose([a, b, loss!, dA!, dB!]);
    return value;
  };
}

describe('engine', () => {
  beforeAll(() => useBackend('onnxruntime'));

  test('starts once; another number of threads in the same process is refused', async () => {
    expect(await startEngine()).toEqual(capabilities());
    expect(capabilities()).toMatchObject({ backend: 'onnxruntime', provider: 'cpu', threads: 2 });
    await expect(startEngine({ threads: 3 })).rejects.toMatchObject({ code: 'engine-started' });
  });

  test('two hundred steps learn, and neither tensors nor buffers pile up', () => {
    const step = layerStep();
    const first = step();
    step();
    const { pool } = tf.backend() as OnnxRuntimeBackend;
    const [tensors, buffers] = [tf.memory().numTensors, pool.bytes()];
    let last = first;
    for (let i = 0; i < 200; i++) last = step();
    expect(last).toBeLessThan(first);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(pool.bytes().live).toBe(buffers.live);
    expect(pool.bytes().kept).toBeLessThanOrEqual(buffers.kept * 1.1);
  });

  test('the same steps give the same bits', () => {
    const losses = () => {
      const step = layerStep();
      return Array.from({ length: 5 }, step);
    };
    expect(losses()).toEqual(losses());
  });

  test('host tensors: weights are not copied, results are', () => {
    const data = Float32Array.from({ length: 4096 }, (_, i) => i);
    const x = fromHost({ shape: [64, 64], data });
    expect((tf.backend() as OnnxRuntimeBackend).values(x)).toBe(data);
    const y = tf.neg(x);
    const host = toHost(y);
    tf.dispose([x, y]);
    tf.tidy(() => tf.exp(tf.ones([64, 64])));
    expect(host.shape).toEqual([64, 64]);
    expect(host.data[5]).toBe(-5);
  });

  test('memory statistics see the process and its tensors', () => {
    const before = memoryStats();
    const x = tf.tensor1d(new Float32Array(1_000_000));
    const after = memoryStats();
    x.dispose();
    expect(after.tensors - before.tensors).toBe(1);
    expect(after.tensorBytes - before.tensorBytes).toBe(4_000_000);
    expect(after.peakRss).toBeGreaterThanOrEqual(after.rss);
    expect(after.rss).toBeGreaterThan(4_000_000);
  });

  test('doctor multiplies on onnxruntime and says of the others what is missing', async () => {
    const reports = await doctor();
    expect(reports.map(({ name }) => name)).toEqual(['onnxruntime', 'webgpu', 'cuda', 'tensorflow']);
    expect(reports[0]!.available).toBe(true);
    for (const { available, reason, fix } of reports) if (!available) expect(reason && fix).toBeTruthy();
  });
});

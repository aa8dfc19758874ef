import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { OnnxRuntimeBackend } from '../../../server/engine/onnxruntime/backend.ts';
import { useBackend } from './backends.ts';
import { eager, kernelCases } from './cases/kernels.ts';

const { t } = eager;

describe('kernels of the onnxruntime backend', () => {
  beforeAll(() => useBackend('onnxruntime'));

  test.each(Object.entries(kernelCases(eager)))('%s as on the CPU backend', async (_, make) => {
    const outcome: Record<string, { shape: number[]; dtype: string; data: Float32Array | Int32Array | Uint8Array }[]> =
      {};
    for (const backend of ['cpu', 'onnxruntime']) {
      await tf.setBackend(backend);
      outcome[backend] = tf.tidy(() =>
        [make()].flat().map((x) => ({ shape: x.shape, dtype: x.dtype, data: x.dataSync() })),
      );
    }
    outcome.onnxruntime!.forEach((actual, i) => {
      const expected = outcome.cpu![i]!;
      expect(actual.shape).toEqual(expected.shape);
      expect(actual.dtype).toBe(expected.dtype);
      expected.data.forEach((value, j) => {
        const tolerance = 5e-6 * Math.max(1, Math.abs(value));
        expect(Math.abs(actual.data[j]! - value), `[${j}]`).toBeLessThan(tolerance);
      });
    });
  });

  test('a slice outlives the tensor that it was cut from', () => {
    const large = tf.add(t([64, 32]), 0);
    const part = tf.slice(large, [1, 0], [1, 32]);
    const expected = Array.from(large.dataSync().slice(32, 64));
    large.dispose();
    const reuse = tf.fill([64, 32], 5);
    tf.dispose([tf.add(reuse, reuse), reuse]);
    expect(Array.from(part.dataSync())).toEqual(expected);
    part.dispose();
  });

  test('values given to the caller stay as they are when the buffer is used again', () => {
    const first = tf.exp(t([64, 32]));
    const data = first.dataSync();
    const copy = Array.from(data);
    first.dispose();
    tf.neg(t([64, 32])).dispose();
    expect(Array.from(data)).toEqual(copy);
  });

  test('a token id outside of the table is a typed error', () => {
    const table = t([5, 512]);
    expect(() => tf.gather(table, tf.tensor1d([1, 5], 'int32'))).toThrow(
      expect.objectContaining({ code: 'index-out-of-range' }),
    );
    table.dispose();
  });

  test('constants take no memory until they are read', () => {
    const backend = tf.backend() as OnnxRuntimeBackend;
    expect(backend).toBeInstanceOf(OnnxRuntimeBackend);
    const ones = tf.fill([1024, 1024], 1);
    expect(backend.constantOf(ones)).toBe(1);
    expect(ones.dataSync()[7]).toBe(1);
    ones.dispose();
  });
});

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { capabilities, doctor, eagerStep, startEngine, valueAndGradients } from '../../server/engine/index.ts';
import { home, installed } from './installed.ts';

test('says what computes, with the version that the library names itself', () => {
  expect(capabilities()).toEqual({
    backend: 'tensorflow',
    provider: 'cpu',
    threads: 2,
    versions: {
      tensorflow: expect.stringMatching(/^2\.21\.\d+$/),
      '@tensorflow/tfjs-node': '4.22.0',
      '@tensorflow/tfjs-core': '4.22.0',
    },
  });
});

test('another backend in the same process is refused', async () => {
  await expect(startEngine({ backend: 'onnxruntime' })).rejects.toMatchObject({ code: 'engine-started' });
});

test('both copies of tfjs are one engine, with our derivatives', () => {
  const engine = tf.engine();
  expect(engine.backendName).toBe('tensorflow');
  // tfjs's own derivative of Mean multiplies by ones and divides; ours keeps no values: the input may be freed at once.
  const sources = ['Mean', 'BatchMatMul', 'GatherV2', 'Softmax'].map((name) => String(tf.getGradient(name)!.gradFunc));
  expect(new Set(sources).size).toBe(1);
  expect(tf.getGradient('Mean')!.inputsToSave).toEqual(['x']);
});

test('activations go as soon as the backward pass has used them', () => {
  const x = tf.ones([1000]);
  let peak = 0;
  const { value, gradients } = valueAndGradients(
    () => {
      let y: tf.Tensor = x;
      for (let i = 0; i < 10; i++) y = tf.mul(tf.exp(y), 1e-3);
      peak = tf.memory().numBytes;
      return tf.sum(y) as tf.Scalar;
    },
    { x },
  );
  expect(tf.memory().numBytes).toBeLessThan(peak / 2);
  tf.dispose([x, value, gradients]);
});

test('a thousand steps leave nothing behind, in tfjs or in TensorFlow', () => {
  const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
  const x = tf.ones([32, 32]);
  const step = eagerStep(({ x }) => {
    const loss = () => tf.mean(tf.square(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D))) as tf.Scalar;
    const { value, gradients } = valueAndGradients(loss, { x: x! });
    return { value, gradient: gradients.x };
  });
  const once = () => tf.dispose(step.run({ x }));
  once();
  const before = [tf.memory().numTensors, binding.getNumOfTensors()];
  for (let i = 0; i < 1000; i++) once();
  expect([tf.memory().numTensors, binding.getNumOfTensors()]).toEqual(before);
  x.dispose();
});

test('doctor starts it in a process of its own', async () => {
  const reports = await doctor({ installed }, ['tensorflow']);
  expect(reports).toEqual([
    {
      name: 'tensorflow',
      available: true,
      device: expect.any(String),
      version: expect.stringMatching(/^2\.21\.\d+ \(cpu\)$/),
    },
  ]);
});

test('installing again changes nothing', () => {
  const cli = path.join(import.meta.dirname, '../../dist/cli.js');
  const out = execFileSync(process.execPath, [cli, 'backend', 'install', 'tensorflow', '--json'], {
    env: { ...process.env, RANKWISE_HOME: home },
    encoding: 'utf8',
  });
  expect(JSON.parse(out)).toEqual({
    backends: [{ name: 'tensorflow', available: true, device: expect.any(String), version: expect.any(String) }],
    folder: path.join(installed, 'tensorflow'),
    changed: false,
  });
});

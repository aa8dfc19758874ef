import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { bucketedStep, type Compilation, compileStep, eagerStep } from '../../../server/engine/index.ts';
import type { OnnxRuntimeBackend } from '../../../server/engine/onnxruntime/backend.ts';
import type { CompiledStep, StepFunction } from '../../../server/engine/types.ts';
import { useBackend } from './backends.ts';

beforeAll(() => useBackend('onnxruntime'));
const x = () => tf.tensor1d([1, 2, 3]);
const failure = (code: string, message?: unknown) =>
  expect.objectContaining({ code, ...(message !== undefined && { message }) });

describe.each<[string, (fn: StepFunction, example: Record<string, tf.Tensor>) => CompiledStep]>([
  ['as it is written', eagerStep],
  ['compiled', compileStep],
])('a step %s', (_, make) => {
  test('frees all but its results', () => {
    const input = x();
    const before = tf.memory().numTensors;
    const step = make(({ input }) => ({ sum: tf.sum(tf.square(input!)), same: input! }), { input });
    const { sum, same } = step.run({ input });
    expect(tf.memory().numTensors).toBe(before + 2);
    input.dispose();
    expect([sum!.dataSync()[0], ...same!.dataSync()]).toEqual([14, 1, 2, 3]);
    tf.dispose([sum!, same!]);
    step.dispose();
  });

  test.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['reads a value back', (x) => tf.scalar(x.dataSync()[0]!)],
    ['draws a random number', () => tf.randomNormal([3])],
    ['draws a random number', (x) => tf.dropout(x, 0.5)],
  ])('that %s is an error, and leaves nothing behind', (what, y) => {
    const input = x();
    const before = tf.memory().numTensors;
    const run = () => make(({ input }) => ({ y: y(input!) }), { input }).run({ input });
    expect(run).toThrow(failure('impure-step', `a step ${what}`));
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.tidy(() => tf.randomUniform([2]).dataSync().length)).toBe(2);
    input.dispose();
  });
});

describe('a compiled step', () => {
  test('says which kernel cannot be recorded, and which op asked for it', () => {
    const image = tf.ones([1, 4, 4, 1]);
    const conv: StepFunction = ({ image }) => ({ y: tf.maxPool(image as tf.Tensor4D, 2, 2, 'same') });
    expect(() => compileStep(conv, { image })).toThrow(
      failure('unrecordable-kernel', expect.stringMatching(/kernel MaxPool, asked for by tf\.maxPool,/)),
    );
    image.dispose();
  });

  test('takes the shapes that it was compiled for, and says so', () => {
    const step = compileStep(({ a }) => ({ y: tf.neg(a!) }), { a: tf.ones([3]) });
    expect(() => step.run({ a: tf.ones([4]) })).toThrow(failure('step-input', expect.stringContaining('float32 [4]')));
    expect(() => step.run({})).toThrow(failure('step-input', expect.stringContaining('nothing')));
    step.dispose();
  });

  test('reads its inputs in every run: scalars are not baked in', () => {
    const step = compileStep(({ a, scale }) => ({ y: tf.mul(a!, scale!) }), { a: x(), scale: tf.scalar(1) });
    const y = (scale: number) => Array.from(step.run({ a: x(), scale: tf.scalar(scale) }).y!.dataSync());
    expect([y(2), y(-1)]).toEqual([
      [2, 4, 6],
      [-1, -2, -3],
    ]);
    step.dispose();
  });

  test('keeps weights alive without a copy, and lets them go with itself', () => {
    const backend = tf.backend() as OnnxRuntimeBackend;
    const weight = tf.tensor2d(
      Float32Array.from({ length: 1024 }, (_, i) => i),
      [32, 32],
    );
    const { dataId } = weight;
    const step = compileStep(({ a }) => ({ y: tf.matMul(a as tf.Tensor2D, weight) }), { a: tf.ones([1, 32]) });
    weight.dispose();
    const [y] = step.run({ a: tf.ones([1, 32]) }).y!.dataSync();
    expect(y).toBe(Array.from({ length: 32 }, (_, i) => 32 * i).reduce((a, b) => a + b));
    expect(backend.refCount(dataId)).toBe(1);
    step.dispose();
    expect(backend.refCount(dataId)).toBe(0);
  });

  test('ten thousand runs do not grow', async () => {
    const weight = tf.ones([64, 64]) as tf.Tensor2D;
    const a = tf.ones([256, 64]);
    const step = compileStep(({ a }) => ({ y: tf.tanh(tf.matMul(a as tf.Tensor2D, weight)) }), { a });
    const run = async (times: number) => {
      for (let i = 0; i < times; i++) {
        tf.dispose(step.run({ a }));
        // The native side lets go of what it made between two turns of the event loop.
        if (i % 50 === 0) await new Promise(setImmediate);
      }
      return process.memoryUsage.rss();
    };
    const before = await run(2000);
    const tensors = tf.memory().numTensors;
    // One result kept would be 640 MB.
    expect((await run(10_000)) - before).toBeLessThan(64 * 2 ** 20);
    expect(tf.memory().numTensors).toBe(tensors);
    step.dispose();
  });
});

describe('a step for any shape', () => {
  const double: StepFunction = ({ a }) => ({ y: tf.mul(a!, 2) });
  const runOn = (step: CompiledStep, size: number) => tf.tidy(() => step.run({ a: tf.ones([size]) }).y!.size);

  test('is compiled once for each, and the least recently used is let go', () => {
    const made: Compilation[] = [];
    const step = bucketedStep(double, { capacity: 2, compiled: (c) => made.push(c) });
    const sizes = [1, 2, 1, 3, 1, 2];
    expect(sizes.map((size) => runOn(step, size))).toEqual(sizes);
    // 2 was let go for 3.
    expect(made.length).toBe(4);
    step.dispose();
  });

  test('is checked on a slice once, and again only for kinds of nodes that are new', () => {
    const made: Compilation[] = [];
    const slices: number[] = [];
    const fn: StepFunction = ({ a }) => ({ y: a!.size > 100 ? tf.exp(a!) : tf.neg(a!) });
    const slice = ({ a }: Record<string, tf.Tensor>) => {
      slices.push(a!.size);
      return { a: tf.ones([Math.min(a!.size, 2)]) };
    };
    const step = bucketedStep(fn, { check: { mode: 'auto', slice }, compiled: (c) => made.push(c) });
    for (const size of [8, 16, 200]) runOn(step, size);
    // The slice of 200 is no sample of what 200 does: the whole input is compared.
    expect(made.map(({ check }) => check?.on)).toEqual(['slice', 'known', 'whole']);
    expect(slices).toEqual([8, 200]);
    step.dispose();
  });

  test('that differs from the step as written is not used; the first output that differs is named', () => {
    const made: Compilation[] = [];
    let calls = 0;
    // Another function each time: what a wrong recorder would look like.
    const fickle: StepFunction = ({ a }) => ({ fine: tf.neg(a!), wrong: tf.mul(a!, calls++ % 2 ? 3 : 2) });
    const check = { mode: 'full', slice: (inputs: Record<string, tf.Tensor>) => inputs } as const;
    const step = bucketedStep(fickle, { check, compiled: (c) => made.push(c) });
    const { wrong } = step.run({ a: x() });
    expect(made[0]!.fault).toMatchObject({ code: 'step-differs', message: expect.stringContaining('wrong[0]') });
    expect(wrong!.dataSync()[0]).toBe(2);
    expect(made.length).toBe(1);
    step.dispose();
  });
});

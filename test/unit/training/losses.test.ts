/** Softened losses as torch and transformers have them (test/interop/losses.py), eagerly and compiled. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileStep, eagerStep, startEngine, valueAndGradients } from '../../../server/engine/index.ts';
import type { StepFunction } from '../../../server/engine/types.ts';
import type { Task } from '../../../server/recipe/types.ts';
import { classWeightsOf } from '../../../server/training/class-weights.ts';
import { objectiveOf } from '../../../server/training/objectives.ts';
import { fixture, largestDifference } from '../models/tiny.ts';

const theirs = JSON.parse(readFileSync(fixture('losses.json'), 'utf8'));
beforeAll(() => startEngine({ threads: 1 }));

/** Mean loss and gradient of the logits. */
function lossOf(task: Task, given: number[][], labels: number[], smoothing: number, weights?: number[]) {
  const { lossSum, count } = objectiveOf(task);
  const perRow = labels.length === given.length;
  const shape = perRow
    ? { rows: labels.length, length: 1 }
    : { rows: given.length, length: labels.length / given.length };
  const scale = 1 / count(Int32Array.from(labels), shape, weights);
  const step: StepFunction = ({ logits, labels: classes, class_weights }) => {
    const loss = () => tf.mul(lossSum(logits!, classes!, { smoothing, weights: class_weights }), scale) as tf.Scalar;
    const { value, gradients } = valueAndGradients(loss, { logits: logits! });
    return { loss: value, gradient: gradients.logits! };
  };
  const inputs = {
    logits: tf.tensor(given as number[][]),
    labels: tf.tensor(labels, perRow ? [labels.length] : [shape.rows, shape.length], 'int32'),
    ...(weights && { class_weights: tf.tensor1d(weights) }),
  };
  return [eagerStep(step), compileStep(step, inputs)].map((way) => {
    const { loss, gradient } = way.run(inputs);
    return { loss: loss!.dataSync()[0]!, gradient: Array.from(gradient!.dataSync()) };
  });
}

const { logits, labels, weights, tokens, next_tokens } = theirs;
describe.each([
  ['smoothed', 'sequence-classification', logits, labels, 0.1, undefined],
  ['weighted', 'sequence-classification', logits, labels, 0, weights],
  ['both', 'sequence-classification', logits, labels, 0.1, weights],
  ['next_smoothed', 'causal-lm', tokens, next_tokens.flat(), 0.1, undefined],
] as const)('%s', (name, task, given, classes, smoothing, own) => {
  test('loss and gradient are those of the reference, eagerly and compiled', () => {
    for (const { loss, gradient } of lossOf(task, given, classes, smoothing, own)) {
      expect(loss).toBeCloseTo(theirs[name].loss, 6);
      expect(largestDifference(gradient, theirs[name].gradient)).toBeLessThan(1e-7);
    }
  });
});

test('balanced weights are those of scikit-learn, 1 for a class without rows; a wrong number of weights is an error', () => {
  const rows = [0, 0, 0, 1, -100].map((label) => ({ ids: new Int32Array(1), labels: Int32Array.of(label) }));
  expect([...classWeightsOf('balanced', rows, 3)!]).toEqual([4 / 9, 4 / 3, 1].map(Math.fround));
  expect(classWeightsOf(undefined, rows, 3)).toBeUndefined();
  expect(() => classWeightsOf([1, 2], rows, 3)).toThrowError(expect.objectContaining({ code: 'class-weights-count' }));
});

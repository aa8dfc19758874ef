/** Numbers of scikit-learn 1.9 and SciPy 1.17. */
import { expect, test } from 'vitest';
import { classScores } from '../../../server/metrics/classification.ts';
import { lowerIsBetter, metricOf, metricsOf } from '../../../server/metrics/metrics.ts';
import { numberScores } from '../../../server/metrics/regression.ts';

const near = (scores: Record<string, number>) =>
  Object.fromEntries(Object.entries(scores).map(([name, value]) => [name, expect.closeTo(value, 12)]));

test.each([
  [
    [0, 1, 1, 0, 1, 1, 0, 1],
    [0, 1, 0, 0, 1, 1, 1, 1],
    2,
    { accuracy: 0.75, f1: 0.8, f1_macro: 11 / 15, matthews: 7 / 15 },
  ],
  // The class 3 of four neither occurs nor is predicted.
  [
    [0, 2, 1, 2, 0, 1, 2, 2, 1],
    [0, 2, 2, 2, 1, 1, 0, 2, 1],
    4,
    { accuracy: 2 / 3, f1_macro: 0.6388888888888888, matthews: 0.4807692307692308 },
  ],
  [[1, 1, 1], [1, 1, 1], 2, { accuracy: 1, f1: 1, f1_macro: 1, matthews: 0 }],
  [[0, 0, 0], [0, 0, 0], 2, { accuracy: 1, f1: 0, f1_macro: 1, matthews: 0 }],
  [[0, 1, 0, 1], [0, 0, 0, 0], 2, { accuracy: 0.5, f1: 0, f1_macro: 1 / 3, matthews: 0 }],
  [[0, 0], [1, 1], 2, { accuracy: 0, f1: 0, f1_macro: 0, matthews: 0 }],
])('classes %j, predicted %j of %i', (labels, predicted, classes, scores) => {
  expect(classScores(labels, predicted, classes)).toEqual(near(scores));
});

test('numbers: errors, and correlations with ties', () => {
  expect(numberScores([0.5, 3, 2, 5, 3, 1.25], [0.7, 2.5, 2.5, 4.1, 3.9, -1])).toEqual(
    near({ mse: 1.20375, mae: 0.875, pearson: 0.8118118730526789, spearman: 0.8970588235294118 }),
  );
  const constant = numberScores([1, 2, 3], [2, 2, 2]);
  expect(constant).toMatchObject(near({ mse: 2 / 3, mae: 2 / 3 }));
  expect([constant.pearson, constant.spearman]).toEqual([Number.NaN, Number.NaN]);
});

test('each task has its metrics; F1 of two classes alone', () => {
  const names = (task: string, labels?: number) => metricsOf(task, labels).map(({ name }) => name);
  expect(names('causal-lm')).toEqual(['loss', 'perplexity']);
  expect(names('sequence-classification', 2)).toEqual(['loss', 'accuracy', 'f1', 'f1_macro', 'matthews']);
  expect(names('sequence-classification', 3)).not.toContain('f1');
  expect(names('regression')).toEqual(['loss', 'mse', 'mae', 'pearson', 'spearman']);
  expect(() => metricOf('f1', 'sequence-classification', 3)).toThrowError('with 3 classes');
  expect(() => metricOf('accuracy', 'causal-lm')).toThrowError(expect.objectContaining({ code: 'unknown-metric' }));
  expect(['loss', 'perplexity', 'mae', 'pearson', 'accuracy'].map(lowerIsBetter)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

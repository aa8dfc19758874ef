import { expect, test } from 'vitest';
import { setupOf } from '../../../server/report/setup.ts';
import { evaluation, recipeText, reportRun, resumed, step, unfinished } from './helpers.ts';

test('a run that has no result has the scores of its best evaluation, marked', () => {
  const { compared } = reportRun({
    id: 'a',
    record: unfinished,
    events: [evaluation(0, 0.99), step(1, 0.6), evaluation(5, 0.8), evaluation(6, 0.7)],
  });
  expect(compared).toMatchObject({ provisional: true, scores: { accuracy: 0.8 }, base: { accuracy: 0.99 } });
});

test('what an interruption lost does not count', () => {
  const { compared, history } = reportRun({
    id: 'a',
    record: unfinished,
    events: [step(1, 3), evaluation(1, 0.6), step(2, 2), evaluation(2, 0.9), resumed(1), step(2, 1)],
  });
  expect(compared.scores).toMatchObject({ accuracy: 0.6 });
  expect(history!.training).toEqual([
    { x: 1, y: 3 },
    { x: 2, y: 1 },
  ]);
});

test('a result without validation data has no scores and says so', () => {
  const { compared } = reportRun({
    id: 'a',
    record: { result: { trainableParameters: 5, allParameters: 10, percent: 50, adapterBytes: 20, seconds: 1 } },
  });
  expect(compared.scores).toBeUndefined();
  expect(compared).toMatchObject({ trainable: 5, notes: [expect.stringContaining('No validation data')] });
});

test('losses that are no numbers are left out', () => {
  const adapted = { loss: null as unknown as number, metrics: { accuracy: 0.5 } };
  const { compared } = reportRun({
    id: 'a',
    record: {
      result: { trainableParameters: 5, allParameters: 10, percent: 50, adapterBytes: 20, seconds: 1, adapted },
    },
  });
  expect(compared.scores).toEqual({ accuracy: 0.5 });
});

test('without its recipe a run is a configuration of its own', () => {
  const [a, b] = ['a', 'b'].map((id) => reportRun({ id, recipe: undefined }).compared);
  expect(a!.configuration).not.toBe(b!.configuration);
  expect(a!.notes).toEqual([expect.stringContaining('recipe.peft')]);
});

test('only seed, name and place leave a configuration the same', () => {
  const of = (text: string) => setupOf(text)!.configuration;
  const one = recipeText({ id: 'a', seed: 1 });
  expect(of(one)).toBe(of(recipeText({ id: 'b', seed: 2 }).replace('/somewhere/runs', '/elsewhere')));
  expect(of(one)).not.toBe(of(recipeText({ id: 'a', seed: 1, rate: 0.002 })));
});

test.each([
  ['{ method: lora, rank: 4 }', '4'],
  ['{ method: svft, pattern: banded, off_diagonals: 2 }', 'off_diagonals = 2'],
  ['{ method: svft, pattern: plain, rank: 0 }', ''],
  ['{ method: bitfit, rank: 8 }', ''],
  ['{ method: from-a-later-version, rank: 8 }', '8'],
])('the size of %s is %j', (entry, size) => {
  expect(setupOf(`adapters: [${entry}]`)!.size).toBe(size);
});

test.each(['', '[', 'adapters: 3', '- a', 'a: &a [*a]'])('%j is no recipe', (text) => {
  expect(setupOf(text)).toBeUndefined();
});

test('a point that halving has ended says where and why, and has the scores of its way', () => {
  const halted = { step: 5, rank: 7, of: 9, metric: 'loss' };
  const { compared } = reportRun({
    id: 'a',
    record: { ...unfinished, state: 'cancelled', halted },
    events: [evaluation(5, 0.8)],
  });
  expect(compared).toMatchObject({ provisional: true, halted: true });
  expect(compared.notes).toEqual(['By halving: stopped at step 5: 7th of 9.']);
});

/** Regression as transformers has it (test/interop/losses.py), and through whole runs. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { run as evaluateJob } from '../../../server/jobs/evaluate.ts';
import { assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { fixture, largestDifference, readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { jobContext, makeRun, temporary, train } from './runs.ts';
import { runLoss } from './steps.ts';

const folder = temporary();
beforeAll(() => startEngine({ threads: 1 }));
afterAll(() => rmSync(folder, { recursive: true }));

/** A tiny model without its head of three classes. */
function headless(name: string): string {
  const target = path.join(folder, name);
  mkdirSync(target, { recursive: true });
  copyFileSync(path.join(tiny(name), 'config.json'), path.join(target, 'config.json'));
  const base = [...readTensors(path.join(tiny(name), 'model.safetensors'))].filter(
    ([key]) => !/^(classifier|score)/.test(key),
  );
  writeSafetensors(
    path.join(target, 'model.safetensors'),
    base.map(([key, { data, shape }]) => ({ name: key, shape, data: () => data })),
  );
  return target;
}

test.each(['roberta', 'llama'])(
  '%s: logits, loss and gradients of the head are those of transformers',
  async (name) => {
    const theirs = readTensors(fixture('regression', `${name}.safetensors`));
    const adapters = '[{ method: lora, target_modules: all-linear }]';
    const recipe = recipeFor(name, adapters, '', 'regression');
    const model = await assembleRecipe({ ...recipe, model: { ...recipe.model, path: headless(name) } });
    for (const [key, tensor] of theirs)
      if (key.startsWith('head.')) model.trainable.get(key.slice(5))!.data.set(tensor.data);
    const { data: labels, shape } = theirs.get('labels')!;
    const int = (key: string) => tf.tensor(Int32Array.from(theirs.get(key)!.data), theirs.get(key)!.shape, 'int32');
    const inputs = { input_ids: int('input_ids'), attention_mask: int('attention_mask') };
    const values = Float32Array.from(labels);
    const loss_scale = tf.scalar(1 / model.countLabels(values, { rows: 3, length: 12 }));
    const { loss, gradients } = runLoss(model, { ...inputs, labels: tf.tensor(values, shape), loss_scale });
    // The first label is −100: a number like any other.
    expect(Math.abs(loss / theirs.get('loss')!.data[0]! - 1)).toBeLessThan(1e-5);
    expect(largestDifference(model.logits(inputs).dataSync(), theirs.get('logits')!.data)).toBeLessThan(2e-5);
    for (const [key, tensor] of theirs)
      if (key.startsWith('grad.'))
        expect(largestDifference(gradients.get(key.slice(5))!, tensor.data), key).toBeLessThan(2e-3);
    model.dispose();
  },
);

/** The label is the share of tokens above 100. */
function numbersFile(name: string, change: (label: number, row: number) => unknown = (label) => label): string {
  const file = path.join(folder, name);
  const rows = Array.from({ length: 24 }, (_, i) => {
    const ids = Array.from({ length: 6 }, (_, k) => (k < i % 7 ? 120 : 20) + ((i + k) % 5));
    return JSON.stringify({ input_ids: [0, ...ids, 2], labels: change((i % 7) / 3, i) });
  });
  writeFileSync(file, `${rows.join('\n')}\n`);
  return file;
}

test('a run learns numbers, and its result is evaluated as numbers', async () => {
  const data = numbersFile('numbers.jsonl');
  const run = makeRun(folder, 'numbers', {
    model: { path: headless('roberta'), task: 'regression' },
    adapters: [{ method: 'lora', rank: 4, target_modules: ['query', 'value'] }],
    data: { train: data, validation: data },
    training: { num_epochs: 8, optimizer: { learning_rate: 0.005 } },
  });
  const events = await train(run);
  const finished = events.find((event) => event.event === 'finished')!;
  const { adapted, base } = finished.result;
  expect(Object.keys(adapted!.metrics)).toEqual(['mse', 'mae', 'pearson', 'spearman']);
  expect(adapted!.metrics.mse).toBeCloseTo(adapted!.loss, 5);
  expect(adapted!.loss).toBeLessThan(0.3 * base!.loss);
  expect(adapted!.metrics.pearson).toBeGreaterThan(0.8);
  const again = await evaluateJob({ run, data }, jobContext());
  expect(again.metrics.spearman).toBeCloseTo(adapted!.metrics.spearman!, 6);
});

test.each([['NaN'], ['Infinity'], ['1e39'], [null], ['many'], ['']])(
  'the label %j is refused, naming its row',
  async (bad) => {
    const data = numbersFile('bad.jsonl', (label, row) => (row === 4 ? bad : String(label)));
    const model = { path: headless('roberta'), task: 'regression' };
    const adapters = [{ method: 'lora', target_modules: ['query'] }];
    const run = makeRun(folder, 'bad', { model, adapters, data: { train: data } });
    await expect(train(run)).rejects.toMatchObject({
      code: 'label-not-a-number',
      message: expect.stringContaining('bad.jsonl:5:'),
    });
  },
);

/** A run on a data set that `datasets` has saved, by the built command: the libraries that read it are files of their own there. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fixture, Rig } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const bert = { path: fixture('tiny/bert'), task: 'sequence-classification', num_labels: 3 };
const lora = { method: 'lora', rank: 4, target_modules: ['query', 'value'] };

test('a DatasetDict: each split for its part, the names of its classes, unused columns unread', async () => {
  const recipe = rig.recipe('saved', {
    model: bert,
    adapters: [lora],
    data: { train: fixture('data/tokens'), validation: fixture('data/tokens') },
    training: { max_steps: 30, optimizer: { learning_rate: 1e-2 } },
  });
  const { finished } = await rig.finish('run', recipe);
  const { base, adapted } = finished.result;
  expect(adapted!.loss).toBeLessThan(0.8 * base!.loss);
  expect(JSON.parse(readFileSync(path.join(finished.run, 'labels.json'), 'utf8'))).toEqual([
    'first',
    'second',
    'third',
  ]);
  const evaluated = await rig.json('evaluate', finished.run, '--data', fixture('data/tokens'));
  expect(evaluated).toMatchObject({ metrics: { accuracy: expect.any(Number) } });
});

test('columns of a Parquet file are judged before a run', async () => {
  const recipe = rig.recipe('parquet', {
    model: bert,
    adapters: [lora],
    data: { train: fixture('data/parquet/large-numbers.parquet') },
  });
  const { code, stderr } = await rig.cli('validate', recipe);
  expect(code).toBe(2);
  expect(stderr).toContain('no column "label"; there are: id, text.');
});

/** Learning rates of groups, and what the log has, through a whole step: AdamW's first update is the rate itself, whatever the gradient. */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readAdapter } from '../../../server/checkpoint/peft.ts';
import { readMetrics } from '../../../server/training/metrics.ts';
import { readTensors } from '../models/tiny.ts';
import { classFile, makeRun, temporary, tiny, train } from './runs.ts';

const folder = temporary();
afterAll(() => rmSync(folder, { recursive: true }));

const largest = (values: ArrayLike<number>, from: ArrayLike<number> = []) =>
  Math.max(...Array.from(values, (value, i) => Math.abs(value - (from[i] ?? 0))));

test('the head and B of LoRA+ go at rates of their own', async () => {
  const run = makeRun(folder, 'rates', {
    model: { path: tiny('roberta'), task: 'sequence-classification' },
    adapters: [{ method: 'lora', rank: 2, target_modules: ['query'] }],
    data: { train: classFile(folder), validation: undefined },
    training: {
      max_steps: 1,
      optimizer: { learning_rate: 0.001, head_learning_rate: 0.02, lora_plus_ratio: 4 },
      scheduler: { name: 'constant' },
    },
  });
  await train(run);
  const { tensors } = await readAdapter(path.join(run, 'adapter'));
  const base = readTensors(path.join(tiny('roberta'), 'model.safetensors'));
  // B starts from 0, and so A has no gradient yet.
  const [B] = [...tensors].filter(([name]) => name.endsWith('lora_B.weight')).map(([, { data }]) => largest(data));
  expect(B).toBeCloseTo(0.004, 6);
  const head = 'classifier.out_proj.weight';
  const [, trained] = [...tensors].find(([name]) => name.endsWith(head))!;
  expect(largest(trained.data, base.get(head)!.data)).toBeCloseTo(0.02, 4);
});

test('the log has each so many steps, metrics.jsonl all', async () => {
  const run = makeRun(folder, 'logged', { training: { max_steps: 5, logging_steps: 2 } });
  await train(run);
  const logged = readFileSync(path.join(run, 'log.txt'), 'utf8').matchAll(/Z step (\d+) {2}loss/g);
  expect([...logged].map(([, step]) => Number(step))).toEqual([2, 4]);
  const steps = (await readMetrics(run)).flatMap((event) => (event.event === 'step' ? [event.step] : []));
  expect(steps).toEqual([1, 2, 3, 4, 5]);
});

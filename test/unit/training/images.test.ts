/** Runs on image files, from a folder of classes to an adapter and its accuracy. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { png } from '../../../scripts/examples/png.ts';
import { Random } from '../../../server/base/random.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { run as evaluateJob } from '../../../server/jobs/evaluate.ts';
import { trialStep } from '../../../server/jobs/trial-step.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { recipeFor } from '../models/tiny.ts';
import { adapterBytes, jobContext, makeRun, temporary, tiny, train } from './runs.ts';

const folder = temporary();
beforeAll(() => startEngine({ threads: 1 }));
afterAll(() => rmSync(folder, { recursive: true }));

/** Noise that is brighter above or below, and as many others for validation. */
function photos(name: string, count: number): string {
  const random = Random.seeded(4, name);
  for (const kind of ['above', 'below'])
    for (let i = 0; i < count; i++) {
      const rgb = new Uint8Array(9 * 9 * 3).map(
        (_, at) => 60 * random.uniform() + (at < 122 === (kind === 'above') ? 190 : 0),
      );
      mkdirSync(path.join(folder, name, kind), { recursive: true });
      writeFileSync(path.join(folder, name, kind, `${i}.png`), png(9, 9, rgb));
    }
  return path.join(folder, name);
}

const run = (name: string, data: object = {}) =>
  makeRun(folder, name, {
    model: { path: tiny('vit'), task: 'image-classification' },
    adapters: [
      { method: 'lora', rank: 4, target_modules: ['query', 'value'], modules_to_save: ['classifier'], dropout: 0.1 },
    ],
    data: { train: photos('train', 10), validation: photos('other', 6), ...data },
    training: { num_epochs: 3, batch_size: 4, gradient_accumulation_steps: 1, save_steps: 4 },
  });

test('a folder of classes is learnt, saved as PEFT wants it, and evaluated; a resumed run ends with the same bits', async () => {
  const whole = run('whole');
  const events = await train(whole);
  const finished = events.find((event) => event.event === 'finished')!;
  const { base, adapted } = finished.result;
  expect(adapted!.metrics.accuracy).toBe(1);
  expect(base!.metrics.accuracy).toBeLessThan(0.8);
  expect(events).toContainEqual(expect.objectContaining({ event: 'warning', code: 'preprocessor-missing' }));
  // 2 × 3 patches and the class token of 4 images.
  expect(events).toContainEqual(expect.objectContaining({ event: 'step', tokens: 4 * 7 }));
  expect(events).toContainEqual(expect.objectContaining({ event: 'compiled', part: 'training', check: 'slice' }));
  const config = JSON.parse(readFileSync(path.join(whole, 'adapter/adapter_config.json'), 'utf8'));
  expect([config.task_type, config.modules_to_save]).toEqual([null, ['classifier']]);
  expect(JSON.parse(readFileSync(path.join(whole, 'labels.json'), 'utf8'))).toEqual(['above', 'below']);
  const again = await evaluateJob({ run: whole, data: path.join(folder, 'other') }, jobContext());
  expect(again.metrics.accuracy).toBe(1);

  const stopped = run('stopped');
  await train(stopped, { cancelAt: 7 });
  await train(stopped, { resume: true });
  expect(adapterBytes(stopped)).toEqual(adapterBytes(whole));
});

test('an image that is damaged within ends the run with its name; mended, the run goes on as if nothing had been', async () => {
  const broken = run('broken');
  const image = path.join(folder, 'train/below/5.png');
  const good = readFileSync(image);
  const bad = Buffer.from(good);
  bad.fill(0x99, 45, 50);
  writeFileSync(image, bad);
  await expect(train(broken)).rejects.toMatchObject({
    code: 'bad-image',
    file: image,
    message: expect.stringContaining(image),
  });
  expect(existsSync(path.join(broken, 'adapter'))).toBe(false);
  writeFileSync(image, good);
  const events = await train(broken, { resume: true });
  const lines = readFileSync(path.join(broken, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const failed = lines.map((line) => JSON.parse(line) as RunEvent).find((event) => event.event === 'failed')!;
  expect(failed.step).toBeGreaterThan(0);
  expect(failed.step % 4).not.toBe(0);
  expect(events).toContainEqual(expect.objectContaining({ event: 'resumed', step: failed.step }));
  expect(adapterBytes(broken)).toEqual(adapterBytes(path.join(folder, 'whole')));
});

test('a measured step takes whole images', async () => {
  const recipe = recipeFor('vit', '[{ method: full }]');
  const trial = await trialStep(recipe, { rows: 2, length: 7 });
  expect(await trial.step()).toBeGreaterThan(0);
  trial.dispose();
});

test('`full` writes the folder of a model, its preprocessor_config.json with it', async () => {
  const model = path.join(folder, 'model');
  mkdirSync(model);
  for (const name of ['config.json', 'model.safetensors'])
    copyFileSync(path.join(tiny('vit'), name), path.join(model, name));
  writeFileSync(path.join(model, 'preprocessor_config.json'), '{"size": {"height": 18, "width": 12}}');
  const where = makeRun(folder, 'full', {
    model: { path: model, task: 'image-classification' },
    adapters: [{ method: 'full' }],
    data: { train: photos('train', 10), validation: undefined },
    training: { num_epochs: undefined, max_steps: 1 },
  });
  const events = await train(where);
  expect(events).not.toContainEqual(expect.objectContaining({ code: 'preprocessor-missing' }));
  expect(existsSync(path.join(where, 'model/preprocessor_config.json'))).toBe(true);
});

/** OFT and BOFT from the recipe to the merged model, and a resumed run. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { largestDifference } from '../../unit/models/tiny.ts';
import { Rig, tinyLlama } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const input_ids = [[5, 9, 30, 7, 81]];
const input = rig.file('input.json', JSON.stringify({ input_ids, attention_mask: [[1, 1, 1, 1, 1]] }));

const logits = async (...more: string[]): Promise<number[]> => (await rig.forward(input, ...more)).logits;

describe.each([
  ['oft', { block_size: 8, coft: true, eps: 0.5 }],
  ['boft', { block_size: 4, butterfly_factors: 2 }],
])('%s %j', (method, fields) => {
  const adapters = [{ method, ...fields, target_modules: ['q_proj', 'v_proj'] }];
  const training = { optimizer: { learning_rate: 1e-2 } };
  const recipe = rig.recipe(method, { adapters, training, data: { train: 'train.jsonl', validation: 'train.jsonl' } });

  test('learns in compiled steps as many numbers as estimated, merges to the same, and ends with the same bits when resumed', async () => {
    const { events, finished } = await rig.finish('run', recipe);
    const { run, result, adapters: saved } = finished;
    expect(result.adapted!.loss).toBeLessThan(result.base!.loss - 0.05);
    expect(await rig.json('estimate', recipe)).toMatchObject({ trainableParameters: result.trainableParameters });
    const compiled = events.filter((event) => event.event === 'compiled');
    expect(compiled.map(({ check }) => check)).toContain('slice');
    expect(compiled.map(({ check }) => check)).not.toContain('differs');
    const adapted = await logits(tinyLlama, '--adapter', saved![0]!.path);
    expect(largestDifference(adapted, await logits(tinyLlama))).toBeGreaterThan(1e-3);
    const merged = path.join(rig.root, `${method}-merged`);
    await rig.json('merge', run, '-o', merged);
    expect(largestDifference(await logits(merged), adapted)).toBeLessThan(5e-5);
    const bytes = (folder: string) => readFileSync(path.join(folder, 'adapter_model.safetensors'));

    const started = rig.start('run', recipe);
    await started.until((event) => event.event === 'step' && event.step === 7);
    started.child.kill('SIGINT');
    await started.exit;
    const cancelled = started.events.at(-1) as Extract<RunEvent, { event: 'cancelled' }>;
    expect(cancelled.event).toBe('cancelled');
    const again = await rig.finish('resume', cancelled.run);
    expect(bytes(again.finished.adapters![0]!.path).equals(bytes(saved![0]!.path))).toBe(true);
  });
});

/** OFT and BOFT from the recipe to the merged model, and a resumed run. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { Rig, tinyLlama } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const input_ids = [[5, 9, 30, 7, 81]];
const input = rig.file('input.json', JSON.stringify({ input_ids, attention_mask: [[1, 1, 1, 1, 1]] }));

const logits = async (...more: string[]): Promise<number[]> =>
  (await rig.json<{ logits: number[][][] }>('forward', ...more, '--input', input)).logits.flat(2);
const furthest = (a: number[], b: number[]): number => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

describe.each([
  ['oft', { block_size: 8, coft: true, eps: 0.5 }],
  ['boft', { block_size: 4, butterfly_factors: 2 }],
])('%s %j', (method, fields) => {
  const adapters = [{ method, ...fields, target_modules: ['q_proj', 'v_proj'] }];
  const training = { optimizer: { learning_rate: 1e-2 } };
  const recipe = rig.recipe(method, { adapters, training, data: { train: 'train.jsonl', validation: 'train.jsonl' } });

  test('learns in compiled steps as many numbers as estimated, merges to the same, and ends with the same bits when resumed', async () => {
    const { code, stdout, stderr } = await rig.cli('run', recipe, '--json');
    expect(code, stderr).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    const { run, result, adapters: saved } = events.at(-1) as Extract<RunEvent, { event: 'finished' }>;
    expect(result.adapted!.loss).toBeLessThan(result.base!.loss - 0.05);
    expect(await rig.json('estimate', recipe)).toMatchObject({ trainableParameters: result.trainableParameters });
    const compiled = events.filter((event) => event.event === 'compiled');
    expect(compiled.map(({ check }) => check)).toContain('slice');
    expect(compiled.map(({ check }) => check)).not.toContain('differs');
    const adapted = await logits(tinyLlama, '--adapter', saved![0]!.path);
    expect(furthest(adapted, await logits(tinyLlama))).toBeGreaterThan(1e-3);
    const merged = path.join(rig.root, `${method}-merged`);
    await rig.json('merge', run, '-o', merged);
    expect(furthest(await logits(merged), adapted)).toBeLessThan(5e-5);
    const bytes = (folder: string) => readFileSync(path.join(folder, 'adapter_model.safetensors'));

    const started = rig.start('run', recipe);
    await started.until((event) => event.event === 'step' && event.step === 7);
    started.child.kill('SIGINT');
    await started.exit;
    const cancelled = started.events.at(-1) as Extract<RunEvent, { event: 'cancelled' }>;
    expect(cancelled.event).toBe('cancelled');
    const again = await rig.cli('resume', cancelled.run, '--json');
    expect(again.code, again.stderr).toBe(0);
    const last = JSON.parse(again.stdout.trim().split('\n').at(-1)!) as Extract<RunEvent, { event: 'finished' }>;
    expect(bytes(last.adapters![0]!.path).equals(bytes(saved![0]!.path))).toBe(true);
  });
});

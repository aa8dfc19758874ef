/** Decoders other than Llama from the recipe to the merged model, with either head. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { largestDifference } from '../../unit/models/tiny.ts';
import { fixture, Rig } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const rows = Array.from({ length: 24 }, (_, i) => ({
  input_ids: Array.from({ length: 8 + (i % 5) }, (_, k) => 3 + ((i * 31 + k * 17) % 37)),
  labels: i % 3,
}));
rig.file('classes.jsonl', `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
const input_ids = [
  [5, 9, 30, 7, 11, 12, 13, 4, 5, 6],
  [8, 3, 22, 17, 4, 0, 0, 0, 0, 0],
];
const attention_mask = input_ids.map((row) => row.map((id) => Number(id > 0)));
const input = rig.file('input.json', JSON.stringify({ input_ids, attention_mask }));

describe.each([
  ['gemma2', 'causal-lm', 'train.jsonl', 256],
  ['decoders/gemma3', 'sequence-classification', 'classes.jsonl', 3],
  ['decoders/phi3', 'sequence-classification', 'classes.jsonl', 3],
])('%s, %s', (name, task, train, width) => {
  const model = fixture('tiny', name);
  const recipe = rig.recipe(path.basename(name), {
    model: { path: model, task },
    adapters: [{ method: 'lora', rank: 2, target_modules: 'all-linear' }],
    data: { train, validation: train },
    training: { max_steps: 12, optimizer: { learning_rate: 1e-2 } },
  });
  const logits = async (...more: string[]): Promise<number[]> => {
    const { logits, outputs } = await rig.forward(input, ...more);
    expect(outputs).toBe(width);
    return logits;
  };

  test('learns in compiled steps that agree with the reference, merges and exports to the same', async () => {
    const { events, finished } = await rig.finish('run', recipe);
    const { run, result, adapters } = finished;
    expect(result.adapted!.loss).toBeLessThan(result.base!.loss - 0.05);
    const checks = events.flatMap((event) => (event.event === 'compiled' ? [event.check] : []));
    expect(checks).toContain('slice');
    expect(checks).not.toContain('differs');

    const folder = adapters![0]!.path;
    const kept = JSON.parse(readFileSync(path.join(folder, 'adapter_config.json'), 'utf8'));
    expect(kept.task_type).toBe(task === 'causal-lm' ? 'CAUSAL_LM' : 'SEQ_CLS');
    const adapted = await logits(model, '--adapter', folder);
    const merged = path.join(rig.root, `${path.basename(name)}-merged`);
    await rig.json('merge', run, '-o', merged);
    expect(largestDifference(await logits(merged), adapted)).toBeLessThan(5e-5);
    const exported = path.join(rig.root, `${path.basename(name)}-lora`);
    await rig.json('export', run, '--format', 'lora', '-o', exported);
    expect(largestDifference(await logits(model, '--adapter', exported), adapted)).toBeLessThan(1e-6);
  });
});

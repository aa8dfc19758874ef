/** GPT-2, GPT-NeoX and OPT from the command line: logits of transformers, and a run from the recipe to the merged model. */
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { largestDifference, readTensors } from '../../unit/models/tiny.ts';
import { fixture, Rig } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const logitsOf = async (input: string, ...model: string[]) => (await rig.forward(input, ...model)).logits;

test.each(['gpt2', 'gpt2-classifier', 'gpt_neox', 'gpt_neox-classifier', 'opt', 'opt-350m', 'opt-classifier'])(
  'forward on %s',
  async (name) => {
    const reference = readTensors(fixture('tiny', name, 'reference.safetensors'));
    const rows = (field: string) => {
      const { data, shape } = reference.get(`full.${field}`)!;
      return Array.from({ length: shape[0]! }, (_, i) => [...data.subarray(i * shape[1]!, (i + 1) * shape[1]!)]);
    };
    const content = { input_ids: rows('input_ids'), attention_mask: rows('attention_mask') };
    const input = rig.file(`${name}.json`, JSON.stringify(content));
    const logits = await logitsOf(input, fixture('tiny', name));
    expect(largestDifference(logits, reference.get('full.logits')!.data)).toBeLessThan(2e-5);
  },
);

test('a row longer than the position table is refused with its length', async () => {
  const input = rig.file('long.json', JSON.stringify({ input_ids: [Array(33).fill(5)] }));
  const { code, stderr } = await rig.cli('forward', fixture('tiny/gpt2'), '--input', input);
  expect([code, stderr]).toEqual([2, expect.stringContaining('33 tokens; the model has 32 positions')]);
});

test('GPT-2 without a head learns classes, and the merged model is the adapted one', async () => {
  const rows = Array.from({ length: 48 }, (_, i) =>
    JSON.stringify({ input_ids: [3 + (i % 7), 5 + (i % 11), i % 2 ? 40 : 20, 9], labels: i % 2 }),
  );
  rig.file('classes.jsonl', rows.join('\n'));
  const recipe = rig.recipe('classes', {
    model: { path: fixture('tiny/gpt2'), task: 'sequence-classification', num_labels: 2 },
    adapters: [{ method: 'dora', rank: 4, target_modules: ['c_attn', 'mlp.c_proj'] }],
    data: { train: 'classes.jsonl', validation: 'classes.jsonl' },
    training: { max_steps: 30, optimizer: { learning_rate: 1e-2 }, check: 'full' },
  });
  const { events, finished } = await rig.finish('run', recipe);
  expect(events.find(({ event }) => event === 'compiled')).toMatchObject({ check: 'whole' });
  const { run, adapters, result } = finished;
  expect(result.adapted!.metrics.accuracy).toBeGreaterThan(0.95);
  const input = rig.file('two.json', JSON.stringify({ input_ids: [[3, 5, 20, 9], [4, 6, 40, 9]] })); // biome-ignore format: a table
  const adapted = await logitsOf(input, fixture('tiny/gpt2'), '--adapter', adapters![0]!.path);
  const merged = path.join(rig.root, 'merged');
  await rig.json('merge', run, '-o', merged);
  expect(largestDifference(await logitsOf(input, merged), adapted)).toBeLessThan(5e-5);
});

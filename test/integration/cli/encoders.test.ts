/** Encoders from the command line: a run that learns which token a text begins with, its adapter in use, and merged. */
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { largestDifference, readTensors } from '../../unit/models/tiny.ts';
import { fixture, Rig } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const nested = (data: ArrayLike<number>, [first, ...rest]: readonly number[]): unknown[] =>
  Array.from({ length: first! }, (_, i) => {
    const size = data.length / first!;
    const part = Array.prototype.slice.call(data, i * size, (i + 1) * size);
    return rest.length === 0 ? part[0] : nested(part, rest);
  });

const forward = async (input: string, ...model: string[]): Promise<number[]> =>
  (await rig.forward(input, ...model)).logits;

test.each([
  ['deberta-v2', 'full'],
  ['deberta-v2-conv', 'token_type'],
  ['distilbert', 'padded'],
  ['albert-groups', 'padded'],
  ['vit', 'image'],
])('forward of %s gives the logits of transformers (%s)', async (name, reference) => {
  const tensors = readTensors(fixture(`tiny/${name}/reference.safetensors`));
  const given = [...tensors].filter(([key]) =>
    /^\w+\.(input_ids|attention_mask|token_type_ids|pixel_values)$/.test(key),
  );
  const own = given.filter(([key]) => key.startsWith(`${reference}.`));
  const content = own.map(([key, { data, shape }]) => [key.slice(reference.length + 1), nested(data, shape)]);
  const input = rig.file(`${name}.json`, JSON.stringify(Object.fromEntries(content)));
  const { data } = tensors.get(`${reference}.logits`)!;
  expect(largestDifference(await forward(input, fixture(`tiny/${name}`)), data)).toBeLessThan(2e-5);
});

test.each([
  ['deberta-v2', ['query_proj', 'key_proj', 'value_proj'], 'float32'],
  ['deberta-v2-conv', 'all-linear', 'nf4'],
  ['distilbert', ['q_lin', 'v_lin'], 'bfloat16'],
  ['albert', ['query', 'value'], 'int8'],
])('%s: a run on %j, held as %s, learns; adapted and merged are one', async (name, target_modules, dtype) => {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const labels = i % 3;
    const rest = Array.from({ length: 3 + (i % 7) }, (_, at) => 20 + ((i * 31 + at * 17) % 70));
    return JSON.stringify({ input_ids: [5 + labels, ...rest], attention_mask: [1, ...rest.map(() => 1)], labels });
  });
  rig.file('texts.jsonl', rows.join('\n'));
  const recipe = rig.recipe(name, {
    model: { path: fixture(`tiny/${name}`), task: 'sequence-classification', num_labels: 3, dtype },
    adapters: [{ method: 'lora', rank: 4, dropout: 0.1, target_modules }],
    data: { train: 'texts.jsonl', validation: 'texts.jsonl' },
    training: { max_steps: 40, optimizer: { learning_rate: 1e-2 }, gradient_checkpointing: name === 'albert' },
  });
  const { finished } = await rig.finish('run', recipe);
  const { base, adapted } = finished.result;
  expect(adapted!.loss).toBeLessThan(0.7 * base!.loss);
  expect(adapted!.metrics.accuracy).toBeGreaterThan(base!.metrics.accuracy!);

  const input = rig.file('input.json', JSON.stringify({ input_ids: [[6, 20, 30, 40]] }));
  const output = path.join(rig.root, `${name}-merged`);
  await rig.json('merge', finished.run, '-o', output);
  const alone = await forward(input, fixture(`tiny/${name}`), '--adapter', finished.adapters![0]!.path);
  expect(largestDifference(await forward(input, output), alone)).toBeLessThan(1e-4);
});

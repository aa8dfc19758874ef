import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { estimate } from '../../../server/budget/estimate.ts';
import { recipe, table } from './harness.ts';

interface Row {
  method: string;
  set: string;
  target_modules: string | string[] | null;
  hyperparameters: Record<string, unknown>;
  trainable: number;
  adapterOnly?: number;
  allParams: number;
}
const { models } = JSON.parse(readFileSync('test/fixtures/counts.json', 'utf8')) as {
  models: Record<string, { totalParameters: number; rows: Row[] }>;
};

/** Settings of PEFT's LoRA that recipes have, by their names here; PiSSA is one of its inits there. */
const ours: Readonly<Record<string, string>> = {
  r: 'rank',
  use_rslora: 'use_rslora',
  init_lora_weights: 'init',
  bias: 'bias',
};
const inits = [undefined, 'gaussian', 'orthogonal', 'pissa'];

const rows = ['bert-base-uncased', 'roberta-base', 'roberta-large', 'llama-3-8b'].flatMap((name) =>
  models[name]!.rows.filter(
    (row) => ['lora', 'pissa'].includes(row.method) && Object.keys(row.hyperparameters).every((key) => key in ours),
  )
    .filter((row) => inits.includes(row.hyperparameters.init_lora_weights as string | undefined))
    .map((row) => ({ name, row, label: `${name} ${row.set} ${JSON.stringify(row.hyperparameters)}` })),
);

test('the fixture has the rows that this test is about', () => {
  expect(rows.length).toBe(190);
});

test.each(rows)('as PEFT counts it: $label', ({ name, row }) => {
  const { init_lora_weights: init, ...rest } = row.hyperparameters;
  const given = row.method === 'pissa' || init === undefined ? rest : row.hyperparameters;
  const fields = Object.entries(given).map(([key, value]) => [ours[key]!, value]);
  const targets = row.target_modules === null ? {} : { target_modules: row.target_modules };
  const entry = JSON.stringify({ method: row.method, ...Object.fromEntries(fields), ...targets });
  const counted = estimate(recipe(name, entry), table(name));
  expect(counted).toMatchObject({
    totalParameters: models[name]!.totalParameters,
    trainableParameters: row.trainable,
    allParameters: row.allParams,
    adapterParameters: row.adapterOnly ?? row.trainable,
    percent: (100 * row.trainable) / row.allParams,
  });
});

test('without the head nothing but the adapter is trained', () => {
  const { trainableParameters, adapterParameters } = estimate(
    recipe('roberta-base', '{method: lora, target_modules: [query, value], modules_to_save: []}'),
    table('roberta-base'),
  );
  expect(trainableParameters).toBe(adapterParameters);
});

test('saved modules: containers by name, one copy however many entries name it', () => {
  const one = estimate(
    recipe('bert-base-uncased', '{method: lora, modules_to_save: [pooler]}'),
    table('bert-base-uncased'),
  );
  expect(one.trainableParameters - one.adapterParameters).toBe(768 * 768 + 768 + (2 * 768 + 2));
  const two = '{method: lora, target_modules: [query]}, {method: lora, target_modules: [value]}';
  const both = estimate(recipe('bert-base-uncased', two), table('bert-base-uncased'));
  expect(both.trainableParameters).toBe(296_450);
  expect(both.adapters.map((a) => a.trainable)).toEqual([147_456, 147_456]);
});

test('full: every parameter once; with targets, theirs and the head', () => {
  const whole = estimate(recipe('roberta-base', '{method: full}'), table('roberta-base'));
  expect(whole).toMatchObject({ trainableParameters: 124_647_170, allParameters: 124_647_170, percent: 100 });
  const part = estimate(recipe('roberta-base', '{method: full, target_modules: [query]}'), table('roberta-base'));
  expect(part.adapterParameters).toBe(12 * (768 * 768 + 768));
  expect(part.trainableParameters - part.adapterParameters).toBe(768 * 768 + 768 + 2 * 768 + 2);
  expect(part.allParameters).toBe(part.totalParameters);
});

test('tied weights are one parameter, unless only the head is trained', () => {
  const tied = { ...table('llama-3-8b') };
  tied.modules = tied.modules.map((m) => (m.name === 'lm_head' ? { ...m, tiedTo: 'model.embed_tokens' } : m));
  tied.totalParameters -= 128_256 * 4096;
  expect(estimate(recipe('llama', '{method: full}'), tied).trainableParameters).toBe(tied.totalParameters);
  const head = estimate(recipe('llama', '{method: full, target_modules: [lm_head]}'), tied);
  expect(head.trainableParameters).toBe(128_256 * 4096);
});

test('rank_pattern and alpha_pattern hold for the modules that they name', () => {
  const entry = '{method: lora, rank: 4, target_modules: [q_proj, v_proj], rank_pattern: {q_proj: 16}}';
  const { adapters } = estimate(recipe('llama-3-8b', entry), table('llama-3-8b'));
  expect(adapters[0]!.trainable).toBe(32 * (16 * (4096 + 4096) + 4 * (1024 + 4096)));
});

const xsRows = ['bert-base-uncased', 'roberta-base', 'roberta-large', 'llama-3-8b'].flatMap((name) =>
  models[name]!.rows.filter(({ method }) => method === 'lora-xs').map((row) => ({
    name,
    row,
    label: `${name} ${row.set} r ${row.hyperparameters.r}`,
  })),
);

test('the fixture has rows of LoRA-XS', () => {
  expect(xsRows.length).toBeGreaterThan(50);
});

test.each(xsRows)('r² a matrix: $label', ({ name, row }) => {
  const { r: rank } = row.hyperparameters;
  const entry = JSON.stringify({ method: 'lora-xs', rank, target_modules: row.target_modules, modules_to_save: [] });
  expect(estimate(recipe(name, entry), table(name)).trainableParameters).toBe(row.trainable);
});

test('LoRA-XS: frozen factors are in the file and in memory, and are no parameters', () => {
  const entry = '{method: lora-xs, rank: 16, target_modules: [q_proj]}';
  const model = table('llama-3-8b');
  const counted = estimate(recipe('llama-3-8b', entry), model);
  const [trained, frozen] = [32 * 16 * 16, 32 * 16 * (4096 + 4096)];
  expect(counted.trainableParameters).toBe(trained);
  expect(counted.allParameters).toBe(model.totalParameters + trained);
  expect(counted.adapterBytes).toBe(4 * (trained + frozen));
  expect(counted.memory.parts.weights).toBe(4 * (model.totalParameters + trained + frozen));
});

test('PiSSA: what it starts from is in the file and in memory, and the changed base is float32', () => {
  const entry = '{method: pissa, rank: 16, target_modules: [q_proj]}';
  const model = table('llama-3-8b');
  const asked = recipe('llama-3-8b', entry);
  asked.model.dtype = 'bfloat16';
  const counted = estimate(asked, model);
  const [trained, changed] = [32 * 16 * (4096 + 4096), 32 * 4096 * 4096];
  expect(counted.trainableParameters).toBe(trained);
  expect(counted.adapterBytes).toBe(2 * 4 * trained);
  const norms = 65 * 4096;
  expect(counted.memory.parts.weights).toBe(
    2 * (model.totalParameters - changed - norms) + 4 * (changed + norms) + 2 * 4 * trained,
  );
});

test('adapter file: float32, the saved head included', () => {
  const { adapterBytes, trainableParameters } = estimate(
    recipe('roberta-base', '{method: lora}'),
    table('roberta-base'),
  );
  expect(adapterBytes).toBe(4 * trainableParameters);
});

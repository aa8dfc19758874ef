/** Tables from headers alone, held against those from config.json. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { moduleTable } from '../../../server/architectures/families.ts';
import { tableFromTensors } from '../../../server/architectures/from-tensors.ts';

const { small } = JSON.parse(readFileSync('test/fixtures/module-tables.json', 'utf8')) as {
  small: Record<string, { task: string; config: Record<string, unknown>; stored: Record<string, number[]> }>;
};
const fromTensors = (shapes: Record<string, number[]>, config = {}) =>
  tableFromTensors(new Map(Object.entries(shapes)), config);

/** Names, shapes and kinds of what an adapter can sit on. */
const linears = (table: ReturnType<typeof fromTensors>) =>
  Object.fromEntries(
    table.modules
      .filter(({ kind, tiedTo }) => (kind === 'linear' || kind === 'conv1d') && tiedTo === undefined)
      .map(({ name, storedName, kind, m, n, bias, layer }) => [storedName ?? name, { kind, m, n, bias, layer }]),
  );

// GPT-2's square projections store Wᵀ as others store W: shapes do not tell. Mixtral's router is a parameter to transformers.
const known = Object.entries(small).filter(([name]) => !/^(gpt2|mixtral)/.test(name));

describe.each(known)('%s', (_, { config, task, stored }) => {
  const table = fromTensors(stored, config);
  const expected = moduleTable(config, task);

  it('has the linear layers of the table from config.json', () => {
    expect(linears(table)).toEqual(linears(expected));
  });

  it('counts the same, and as many layers', () => {
    expect(table.totalParameters).toBe(expected.totalParameters);
    expect(table.layers).toBe(expected.layers);
  });

  it('leaves heads out of all-linear, as the other does', () => {
    const heads = (t: typeof table) =>
      t.modules.flatMap((m) => (m.tiedTo === undefined && /head/.test(m.role) ? [m.storedName ?? m.name] : [])).sort();
    expect(heads(table)).toEqual(heads(expected));
  });
});

test('Conv1D shows where its bias does; without the embedding of a config the name says it', () => {
  const { modules } = fromTensors(small.gpt2!.stored);
  const kinds = Object.fromEntries(modules.map((m) => [m.name, `${m.kind} ${m.m}×${m.n}`]));
  expect(kinds).toMatchObject({
    'transformer.h.0.attn.c_attn': 'conv1d 72×24',
    'transformer.wte': 'embedding 96×24',
    'transformer.ln_f': 'norm 24×1',
  });
});

test('layers are in the order of their numbers, buffers are no parameters, odd shapes no matrices', () => {
  const { modules, layers, totalParameters } = fromTensors({
    'net.10.up.weight': [3, 2],
    'net.2.up.weight': [3, 2],
    'net.2.rotary.inv_freq': [8],
    'net.2.conv.weight': [4, 2, 3],
    token: [7],
    'net.20260101.up.weight': [3, 2],
  });
  expect(modules.map(({ name, kind, layer }) => [name, kind, layer])).toEqual([
    ['net.2.conv', 'other', 2],
    ['net.2.up', 'linear', 2],
    ['net.10.up', 'linear', 10],
    ['net.20260101.up', 'linear', undefined],
    ['token', 'norm', undefined],
  ]);
  expect([layers, totalParameters]).toEqual([11, 24 + 18 + 7]);
});

test('a config full of nonsense, or no tensor at all, is no fault', () => {
  const nonsense = { hidden_size: -1, vocab_size: 'many', num_attention_heads: 1e300, architectures: 7 };
  expect(fromTensors({ 'a.0.weight': [4, 4] }, nonsense).shape).toMatchObject({ hidden: 4, vocab: 0, heads: 1 });
  expect(fromTensors({})).toMatchObject({ modules: [], totalParameters: 0, layers: 0 });
});

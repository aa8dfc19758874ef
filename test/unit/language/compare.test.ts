/** `rankwise/compare` and `rankwise/methodEdit`: what the budget panel shows, and the texts that its rows become. */
import { expect } from 'vitest';
import type { Comparison, LanguageRequests } from '../../../server/protocol/language.ts';
import { type Client, defineTest } from './harness.ts';

type Edit = LanguageRequests['rankwise/methodEdit']['result'];
type Row = Omit<LanguageRequests['rankwise/methodEdit']['params'], 'uri' | 'entry'>;

const files = { 'models/tiny': { fixture: 'tiny/llama' }, saved: { fixture: 'traces/llama/lora/adapter_before' } };
const head = 'version: 1\nmodel: { path: models/tiny, task: causal-lm }\nadapters:\n';
const compare = (client: Client, entry?: number): Promise<Comparison> =>
  client.connection.sendRequest('rankwise/compare', { uri: client.uri, entry });
const edit = (client: Client, row: Row, entry = 0): Promise<Edit> =>
  client.connection.sendRequest('rankwise/methodEdit', { uri: client.uri, entry, ...row });
const after = async (client: Client, row: Row, entry = 0) => {
  const result = await edit(client, row, entry);
  return 'edits' in result ? client.apply(result.edits) : result.error.code;
};

defineTest({
  name: 'every method at several ranks; what the entry says is marked once',
  recipe: `${head}  - { method: lora, rank: 3, target_modules: [q_proj, v_proj] }\nbudget: { trainable: 10k }\n`,
  files,
  async expect(client) {
    const { rows, entries, limit, matrices } = await compare(client);
    expect({ entries, limit, matrices }).toEqual({
      entries: [{ index: 0, name: 'lora', method: 'lora' }],
      limit: 10_000,
      matrices: 4,
    });
    // Two layers of q 64×64 and v 32×64.
    const lora = rows.filter(({ method }) => method === 'lora');
    expect(lora.map(({ rank, trainable }) => [rank, trainable])).toEqual(
      [1, 2, 3, 4, 8, 16, 32].map((r) => [r, 2 * r * (64 + 64 + 32 + 64)]),
    );
    expect(rows.filter(({ present }) => present)).toEqual([lora[2]]);
    expect(rows.filter(({ method }) => method === 'svf')).toHaveLength(1);
  },
});

defineTest({
  name: 'settings that are in no row make one; other entries take their part of the budget',
  recipe: `${head}  - { method: svft, pattern: banded, off_diagonals: 5, target_modules: [q_proj] }
  - { method: lora, rank: 1, target_modules: [v_proj] }
  - { path: saved }
budget: { trainable: 10k }
`,
  files,
  async expect(client) {
    const { rows, entries, limit } = await compare(client);
    expect(entries.map(({ index }) => index)).toEqual([0, 1]);
    const present = rows.filter((row) => row.present);
    expect(present).toMatchObject([{ method: 'svft', trainable: 2 * (64 * 11 - 30) }]);
    const second = await compare(client, 1);
    expect(second.entry).toBe(1);
    expect(second.limit).toBe(10_000 - present[0]!.trainable);
    expect(limit).toBe(10_000 - second.rows.find((row) => row.present)!.trainable);
  },
});

defineTest({
  name: "what a method does by default on this model's modules counts in its row",
  recipe: `${head}  - { method: ia3, target_modules: [q_proj, down_proj] }\n`,
  files,
  async expect(client) {
    // down_proj scales what goes in: 128 numbers, not 64.
    const ia3 = (await compare(client)).rows.filter(({ method }) => method === 'ia3');
    expect(ia3).toMatchObject([{ present: true, trainable: 2 * (64 + 128) }]);
  },
});

defineTest({
  name: 'a row becomes the recipe: fields of the old method go, those of both stay, comments too',
  recipe: `${head}  # mine
  - method: lora # for now
    name: a
    rank: 4
    alpha: 8
    use_rslora: true
    rank_pattern:
      layers.0.self_attn.q_proj: 2
    target_modules: [q_proj]
`,
  files,
  async expect(client) {
    expect(await after(client, { method: 'dora', form: '', rank: 16 })).toBe(
      `${head}  # mine\n  - method: dora # for now\n    name: a\n    rank: 16\n    alpha: 8\n    use_rslora: true\n    target_modules: [q_proj]\n`,
    );
    expect(await after(client, { method: 'svft', form: 'banded, d = 8' })).toBe(
      `${head}  # mine\n  - method: svft # for now\n    pattern: banded\n    off_diagonals: 8\n    name: a\n    target_modules: [q_proj]\n`,
    );
    expect(await after(client, { method: 'full', form: '' })).toBe(
      `${head}  # mine\n  - method: full # for now\n    name: a\n`,
    );
  },
});

defineTest({
  name: 'flow style and JSON',
  recipe: `{"version": 1, "model": {"path": "models/tiny"}, "adapters": [{"method": "lora", "use_rslora": true, "target_modules": ["q_proj"]}]}`,
  files,
  async expect(client) {
    expect(await after(client, { method: 'svft', form: 'banded, d = 2' })).toContain(
      '[{"method": "svft", "pattern": "banded", "off_diagonals": 2, "target_modules": ["q_proj"]}]',
    );
  },
});

defineTest({
  name: 'refusals: a saved adapter, a faulty text, no model',
  recipe: `${head}  - { path: saved }\n  - { method: lora, target_modules: [k_proj] }\n`,
  files,
  async expect(client) {
    expect(await after(client, { method: 'lora', form: '', rank: 2 })).toBe('saved-adapter');
    expect(await after(client, { method: 'none', form: '' }, 1)).toBe('unknown-method');
    await client.type('[k_proj]', '[k_proj');
    expect(await after(client, { method: 'pissa', form: '', rank: 2 }, 1)).toBe('recipe-not-editable');
  },
});

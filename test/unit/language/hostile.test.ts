/** Whatever is opened is answered with little work, and nothing is logged as a defect. */
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs';
import { expect } from 'vitest';
import { type Client, defineTest } from './harness.ts';
import { causal, classification, llama70b, roberta } from './recipes.ts';

async function answersEverything(client: Client): Promise<void> {
  const begin = process.cpuUsage();
  const found = await client.diagnostics();
  expect(found.length).toBeGreaterThan(0);
  expect(found.length).toBeLessThanOrEqual(200);
  await Promise.all([client.inlays(), client.lenses(), client.symbols(), client.folds(), client.links()]);
  await Promise.all([client.tokens(), client.definition(), client.outline(), client.workspaceSymbols('a')]);
  await client.request('textDocument/selectionRange', { positions: [client.cursor] });
  await client.completions();
  await client.formatted();
  await client.request('textDocument/hover', { position: { line: 3, character: 3 } });
  // Processor time: the clock would measure what else this machine does.
  const { user, system } = process.cpuUsage(begin);
  expect((user + system) / 1000).toBeLessThan(2000);
  expect(client.logged).toEqual([]);
}

const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghijk'
  .split('')
  .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[i]}`).join(', ')}]`)
  .join('\n')}\nadapters: *k\n`;

defineTest({ name: 'an alias bomb', recipe: bomb, expect: answersEverything });
defineTest({ name: 'a megabyte of keys', recipe: 'key: value\n'.repeat(100_000), expect: answersEverything });
defineTest({ name: 'deep nesting', recipe: '['.repeat(50_000), expect: answersEverything });
defineTest({ name: 'a long line', recipe: `model: { path: ${'x'.repeat(1_000_000)} }`, expect: answersEverything });
defineTest({ name: 'binary', recipe: '\0\u0001\ufffd\u0000: \0\n'.repeat(1000), expect: answersEverything });
defineTest({
  name: 'a model path with NUL',
  recipe: classification.replace('./models/roberta', '"a\\0b"'),
  expect: answersEverything,
});

defineTest({
  name: 'a config.json that is a pipe, and weights that claim a header of 2^60 bytes',
  recipe: classification,
  files: {
    'models/roberta/model.safetensors': new Uint8Array([0, 0, 0, 0, 0, 0, 0, 16]),
  },
  async expect(client) {
    execFileSync('mkfifo', [client.path('models/roberta/config.json')]);
    await answersEverything(client);
  },
});

defineTest({
  name: 'patterns that back-track',
  recipe: classification.replace('[query, value]', "'(.*.*.*)*x(?=y)\\1'"),
  files: { 'models/roberta/config.json': { fixture: 'configs/roberta-large/config.json' } },
  expect: answersEverything,
});

defineTest({
  name: 'five megabytes of recipe',
  recipe: classification + '  - { method: lora, rank: 4 }\n'.repeat(180_000),
  expect: answersEverything,
});

const codes = async (client: Client) => (await client.diagnostics()).map(({ code }) => code);

defineTest({
  name: 'half-typed YAML keeps the last good model and still completes',
  recipe: causal,
  files: llama70b,
  async expect(client) {
    await client.diagnostics();
    for (const [old, broken] of [
      ['path: ./models/llama', 'path: "./models/llama'],
      ['path: "./models/llama', 'path: ./models/llama\n  ta'],
      ['target_modules: [q_proj, k_proj, v_proj, o_proj]', 'target_modules: [q_proj, '],
    ] as const) {
      await client.type(old, broken);
      expect(await codes(client)).toContain('yaml-syntax');
      expect(await client.outline()).toHaveProperty('text', expect.stringContaining('model.layers.79.'));
    }
    client.cursor = client.positionOf('[q_proj, ');
    client.cursor.character += '[q_proj, '.length - 1;
    expect((await client.completions()).map(({ label }) => label)).toContain('down_proj');
    await client.type('path: ./models/llama', 'path:');
    expect((await client.completions()).map(({ label }) => label)).toContain('down_proj');
  },
});

defineTest({
  name: 'an index that points to missing shards',
  recipe: causal,
  files: {
    ...llama70b,
    'models/llama/model.safetensors.index.json': JSON.stringify({
      weight_map: Object.fromEntries(
        Array.from({ length: 10_000 }, (_, i) => [`t.${i}`, `model-${i % 300}.safetensors`]),
      ),
    }),
  },
  async expect(client) {
    expect(await codes(client)).toContain('shards-missing');
    await answersEverything(client);
  },
});

defineTest({
  name: 'a config.json with negative and with absurd sizes',
  recipe: causal,
  files: {
    'models/llama/config.json': '{"model_type": "llama", "hidden_size": -64, "num_hidden_layers": 2}',
    'models/absurd/config.json': '{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 1000000000}',
  },
  async expect(client) {
    expect(await codes(client)).toContain('bad-config');
    await answersEverything(client);
    await client.open('absurd.peft', causal.replace('models/llama', 'models/absurd'));
    expect(await codes(client)).toContain('bad-config');
    await answersEverything(client);
  },
});

defineTest({
  name: 'loops of symbolic links in place of the model, its files and the workspace',
  recipe: causal,
  files: { 'models/x': '' },
  async expect(client) {
    symlinkSync('llama', client.path('models/llama'));
    symlinkSync(client.folder, client.path('models/again'));
    expect(await codes(client)).toContain('model-not-found');
    await answersEverything(client);
    mkdirSync(client.path('looped'));
    symlinkSync('config.json', client.path('looped/config.json'));
    await client.open('looped.peft', causal.replace('models/llama', 'looped'));
    expect(await codes(client)).toContain('config-missing');
    await answersEverything(client);
  },
});

defineTest({
  name: 'a dataset of 100 GB, of which the head is read',
  recipe: `${classification}data: { train: large.jsonl, columns: { text: txet } }\n`,
  files: roberta,
  async expect(client) {
    const fd = openSync(client.path('large.jsonl'), 'w');
    writeSync(fd, '{"text":"a","label":0}\n'.repeat(20_000));
    ftruncateSync(fd, 100 * 2 ** 30);
    closeSync(fd);
    expect(await codes(client)).toContain('missing-column');
    await answersEverything(client);
  },
});

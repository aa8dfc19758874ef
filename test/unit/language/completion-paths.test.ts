/** Paths that a recipe can name: models here and in the Hugging Face cache, data files, saved adapters. */
import { symlinkSync } from 'node:fs';
import { afterEach, expect, vi } from 'vitest';
import type { CompletionItem, TextEdit } from 'vscode-languageserver-protocol';
import { type Client, defineTest } from './harness.ts';
import { roberta } from './recipes.ts';

afterEach(() => vi.unstubAllEnvs());

/** Completions once the folders have been read: the first answer may come without them, and says so. */
async function settled(client: Client): Promise<CompletionItem[]> {
  const ask = () =>
    client.request<{ isIncomplete: boolean; items: CompletionItem[] }>('textDocument/completion', {
      position: client.cursor,
    });
  await expect.poll(async () => (await ask()).isIncomplete).toBe(false);
  return (await ask()).items;
}
const labels = async (client: Client) => (await settled(client)).map(({ label }) => label);

const model = (path: string) => `version: 1\nmodel:\n  path: ${path}‸\n`;
const nowhere = { 'hub/.keep': '' };

defineTest({
  name: 'models near the recipe by what they are, then the folder above',
  recipe: model(''),
  files: {
    ...roberta,
    'base/config.json': '{"model_type": "llama"}',
    'node_modules/x/config.json': '{}',
    'notes/config.txt': '',
  },
  async expect(client) {
    vi.stubEnv('HF_HUB_CACHE', client.path('hub'));
    const items = await settled(client);
    expect(items.map(({ label, detail }) => [label, detail])).toEqual([
      ['./base', 'llama'],
      ['./models/roberta', 'roberta'],
      ['../', undefined],
    ]);
    expect(client.apply([items[1]!.textEdit as TextEdit])).toBe(model('./models/roberta').replace('‸', ''));
  },
});

defineTest({
  name: 'models of the Hugging Face cache by hub id, whole ones alone',
  recipe: model(''),
  files: {
    'hub/models--FacebookAI--roberta-base/refs/main': 'abc',
    'hub/models--FacebookAI--roberta-base/snapshots/abc/config.json': '{"model_type": "roberta"}',
    'hub/models--gpt2/refs/main': 'def',
    'hub/models--gpt2/snapshots/def/config.json': '{"model_type": "gpt2"}',
    'hub/models--a--half/refs/main': 'abc',
    'hub/datasets--a--b/refs/main': 'abc',
  },
  async expect(client) {
    vi.stubEnv('HF_HUB_CACHE', client.path('hub'));
    const cached = (await settled(client)).filter(({ detail }) => detail?.endsWith('Hugging Face cache'));
    expect(cached.map(({ label }) => label)).toEqual(['FacebookAI/roberta-base', 'gpt2']);
    expect(cached[0]!.detail).toBe('roberta · in the Hugging Face cache');
  },
});

defineTest({
  name: 'a path is followed folder by folder, upwards too',
  recipe: model('../RECIPES/deep/'),
  files: { 'deep/a/config.json': '{"model_type": "bert"}', 'deep/b/c/d/e/config.json': '{}', ...nowhere },
  async expect(client) {
    vi.stubEnv('HF_HUB_CACHE', client.path('hub'));
    const up = `../${client.folder.split('/').at(-1)}/deep/`;
    await client.type('../RECIPES/deep/', up);
    client.cursor = { line: 2, character: 8 + up.length };
    const found = (await labels(client)).filter((label) => label.startsWith(up));
    expect(found).toEqual([`${up}a`, `${up}a/`, `${up}b/`]);
  },
});

defineTest({
  name: 'data files and globs where there are several, with quotes where YAML wants them',
  recipe: 'version: 1\ndata:\n  train: ‸\n',
  files: {
    'train.jsonl': '',
    'data/a.csv': '',
    'data/b.csv': '',
    'my data.txt': '',
    'README.txt': '',
    'runs/one/run.json': '{}',
    'runs/one/metrics.jsonl': '',
    'models/m/config.json': '{}',
    'models/m/vocab.txt': '',
  },
  async expect(client) {
    const items = await settled(client);
    const names = items.map(({ label }) => label);
    expect(names).toEqual(['my data.txt', 'train.jsonl', 'data/a.csv', 'data/b.csv', 'data/*.csv', '../']);
    expect(items[4]!.detail).toBe('2 files');
    expect(client.apply([items[0]!.textEdit as TextEdit])).toContain('train: "my data.txt"\n');
  },
});

defineTest({
  name: 'saved data sets as one name, data sets of the Hugging Face cache, no settings of programs',
  recipe: 'version: 1\ndata:\n  train: ‸\n',
  files: {
    'a.parquet': '',
    'b.json': '',
    'c.jsonl.gz': '',
    'd.jsonl.gz': '',
    'package.json': '{}',
    'saved/state.json': '{}',
    'saved/dataset_info.json': '{}',
    'saved/data-00000-of-00001.arrow': '',
    'splits/dataset_dict.json': '{"splits": ["train"]}',
    'splits/train/state.json': '{}',
    'hub/datasets--nyu-mll--glue/refs/main': 'abc',
    'hub/datasets--squad/refs/main': 'abc',
  },
  async expect(client) {
    vi.stubEnv('HF_HUB_CACHE', client.path('hub'));
    const items = await settled(client);
    expect(items.map(({ label }) => label)).toEqual([
      ...['a.parquet', 'b.json', 'c.jsonl.gz', 'd.jsonl.gz', 'saved', 'splits', '*.jsonl.gz'],
      ...['nyu-mll/glue', 'squad', '../'],
    ]);
    expect(items[7]!.detail).toBe('in the Hugging Face cache');
  },
});

defineTest({
  name: 'validation may be a fraction; what the list has already is not offered again',
  recipe: 'version: 1\ndata:\n  train: [a.jsonl, ‸]\n  validation: \n',
  files: { 'a.jsonl': '', 'b.jsonl': '' },
  async expect(client) {
    expect(await labels(client)).not.toContain('a.jsonl');
    client.cursor = { line: 3, character: 14 };
    expect(await labels(client)).toEqual(['a.jsonl', 'b.jsonl', '*.jsonl', '../', '0.05']);
  },
});

defineTest({
  name: 'saved adapters, those of runs among them',
  recipe: 'version: 1\nadapters:\n  - path: ‸\n',
  files: {
    'runs/r/adapter/adapter_config.json': '{"peft_type": "LORA"}',
    'runs/r/adapter/rankwise.json': '{"peft_type": "PISSA"}',
  },
  async expect(client) {
    const items = await settled(client);
    expect(items.map(({ label, detail }) => [label, detail])).toEqual([
      ['./runs/r/adapter', 'PISSA'],
      ['../', undefined],
    ]);
  },
});

defineTest({
  name: 'a loop of links and a broken config: an answer all the same',
  recipe: model(''),
  files: { 'm/config.json': '{ not JSON', ...nowhere },
  async expect(client) {
    vi.stubEnv('HF_HUB_CACHE', client.path('hub'));
    symlinkSync(client.folder, client.path('m/loop'));
    expect(await labels(client)).toEqual(['./m', '../']);
    expect(client.logged).toEqual([]);
  },
});

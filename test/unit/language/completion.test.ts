import path from 'node:path';
import { expect } from 'vitest';
import type { CompletionItem, TextEdit } from 'vscode-languageserver-protocol';
import { type Client, defineTest } from './harness.ts';
import { classification, llama70b, roberta } from './recipes.ts';

const labels = (items: CompletionItem[]) => items.map((item) => item.label);
const accept = async (client: Client, label: string) => {
  const item = (await client.completions()).find((candidate) => candidate.label === label)!;
  return client.apply([item.textEdit as TextEdit]);
};
/** The classification recipe with one line replaced. */
const withLine = (old: string, line: string) => classification.replace(old, line);

defineTest({
  name: 'top level: sections that are not there yet, required ones first',
  recipe: 'version: 1\n‸',
  async expect(client) {
    const items = (await client.completions()).sort((a, b) => (a.sortText! < b.sortText! ? -1 : 1));
    expect(labels(items).slice(0, 2)).toEqual(['model', 'adapters']);
    expect(labels(items)).toContain('training');
    expect(labels(items)).not.toContain('version');
    expect(await accept(client, 'model')).toBe('version: 1\nmodel:\n  ');
  },
});

defineTest({
  name: 'keys of a section with colon; a documented one after resolve',
  recipe: 'version: 1\ntraining:\n  batch_size: 8\n  num_e‸',
  async expect(client) {
    expect(await accept(client, 'num_epochs')).toBe('version: 1\ntraining:\n  batch_size: 8\n  num_epochs: ');
    const items = await client.completions();
    expect(labels(items)).not.toContain('batch_size');
    const item = await client.resolveCompletion(items.find((i) => i.label === 'num_epochs')!);
    expect(item.documentation).toMatchObject({ value: expect.stringContaining('**num_epochs**') });
  },
});

defineTest({
  name: 'keys of an entry are those of its method',
  recipe: withLine('    rank: 8\n', '    rank: 8\n    ‸\n'),
  async expect(client) {
    const items = labels(await client.completions());
    expect(items).toEqual(expect.arrayContaining(['alpha', 'use_rslora', 'modules_to_save']));
    expect(items).not.toContain('rank');
  },
});

defineTest({
  name: 'keys in flow style and JSON',
  recipe: '{"version": 1, "training": {"optimizer": {"weight‸"}}}',
  async expect(client) {
    expect(await accept(client, 'weight_decay')).toContain('{"weight_decay"}');
  },
});

defineTest({
  name: 'methods with what they train on this model',
  recipe: withLine('method: lora', 'method: ‸lora'),
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    const lora = (await client.completions()).find((item) => item.label === 'lora')!;
    expect(lora.detail).toBe('LoRA · 786,432 trainable · 0.221% of 355M');
    const resolved = await client.resolveCompletion(lora);
    expect(resolved.documentation).toMatchObject({ value: expect.stringContaining('arxiv.org/abs/2106.09685') });
  },
});

defineTest({
  name: 'ranks with their cost',
  recipe: withLine('rank: 8', 'rank: ‸'),
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    const items = await client.completions();
    expect(labels(items)[0]).toBe('auto');
    expect(items.find((item) => item.label === '16')!.detail).toBe('1,572,864 trainable · 0.443% of 355M');
  },
});

defineTest({
  name: 'target modules are those of the model, by kind',
  recipe: withLine('[query, value]', '[query, ‸]'),
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    const items = await client.completions();
    // The shortest name of each choice, attention first, no head, which is trained in full; "query" stands there already.
    expect(labels(items)).toEqual([
      'key',
      'value',
      'attention.output.dense',
      'output.dense',
      'dense',
      'intermediate.dense',
      'all-linear',
    ]);
    expect(items.find((item) => item.label === 'intermediate.dense')!.detail).toBe('mlp · 24 modules · 4096×1024');
  },
});

defineTest({
  name: 'target modules as a block list',
  recipe: withLine('[query, value]', '\n      - query\n      - ‸'),
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    expect(labels(await client.completions())).toContain('key');
    expect(await accept(client, 'key')).toContain('      - query\n      - key\n');
  },
});

defineTest({
  name: 'enum values with their meaning',
  recipe: 'version: 1\nmodel:\n  path: m\n  dtype: ‸',
  async expect(client) {
    const items = await client.completions();
    expect(labels(items)).toEqual(['float32', 'bfloat16', 'float16', 'int8', 'nf4']);
    expect(items[0]).toMatchObject({ detail: 'default', documentation: { value: '4 bytes a weight.' } });
  },
});

defineTest({
  name: 'columns of the data file',
  recipe: `${classification}data:\n  train: train.csv\n  columns: { text: ‸ }\n`,
  files: { ...roberta, 'train.csv': 'sentence,label\nhello,1\n' },
  async expect(client) {
    await client.diagnostics();
    expect(labels(await client.completions())).toEqual(['sentence', 'label']);
  },
});

defineTest({
  name: 'columns of data of images, and the roles that they may have',
  recipe:
    'version: 1\nmodel: { path: vit, task: image-classification }\nadapters: [{ method: lora }]\ndata:\n  train: photos.csv\n  columns: { image: ‸ }\n',
  files: { 'photos.csv': 'picture,kind\na.png,cat\n' },
  async expect(client) {
    await client.diagnostics();
    expect(labels(await client.completions())).toEqual(['picture', 'kind']);
  },
});

defineTest({
  name: 'columns of a Parquet file',
  recipe: `${classification}data:\n  train: ${path.resolve('test/fixtures/data/parquet/empty.parquet')}\n  columns: { text: ‸ }\n`,
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    expect(labels(await client.completions())).toEqual(['text']);
  },
});

defineTest({
  name: 'nothing in comments; an answer at every position of a half-typed recipe',
  recipe: '# rank: ‸\nversion: 1\nadapters:\n  - method: lora\n    target_modules: [q_proj, "v\n  rank\n\t: {',
  files: llama70b,
  async expect(client) {
    expect(await client.completions()).toEqual([]);
    for (const [line, text] of client.text.split('\n').entries())
      for (let character = 0; character <= text.length; character++) {
        client.cursor = { line, character };
        expect(Array.isArray(await client.completions())).toBe(true);
      }
    expect(client.logged).toEqual([]);
  },
});

defineTest({
  name: "another method's cost is that of its own defaults, not of what is left of this one's",
  recipe: classification.replace('method: lora', 'method: ‸oft').replace('rank: 8', 'block_size: 64'),
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    const items = await client.completions();
    const costs = Object.fromEntries(items.map(({ label, labelDetails }) => [label, labelDetails?.description]));
    // 48 matrices of 1024 × 1024: (n/b)·b·(b − 1)/2 with b = 64; r·(m + n) with r = 8; 4·1024 + 1024; all parameters.
    expect(costs.oft).toMatch(/^1,548,288 trainable/);
    expect(costs.lora).toMatch(/^786,432 trainable/);
    expect(costs.boft).toMatch(/^245,760 trainable/);
    expect(costs.vera).toMatch(/^61,440 trainable/);
    expect(costs.full).toMatch(/^355,361,794 trainable/);
  },
});

defineTest({
  name: 'methods have their counts before one is chosen: on the targets that stand there, or on PEFT’s default ones',
  recipe: 'version: 1\nmodel: { path: ./models/roberta, task: sequence-classification }\nadapters:\n  - method: ‸\n',
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    const costs = async () =>
      Object.fromEntries(
        (await client.completions()).map(({ label, labelDetails }) => [label, labelDetails?.description]),
      );
    // query and value, of 24 layers: 8·(1024 + 1024) each.
    expect((await costs()).lora).toMatch(/^786,432 trainable/);
    await client.type('  - method: ', '  - { target_modules: [key], method:  }');
    client.cursor = client.positionOf('method:  }');
    client.cursor = { ...client.cursor, character: client.cursor.character + 7 };
    expect((await costs()).lora).toMatch(/^393,216 trainable/);
    expect((await costs()).svf).toMatch(/^24,576 trainable/);
  },
});

defineTest({
  name: 'a method that cannot be used on the modules says so',
  recipe: 'version: 1\nmodel: { path: ./models/llama }\nadapters: [{ method: ‸lora, target_modules: [q_proj] }]\n',
  files: llama70b,
  async expect(client) {
    await client.diagnostics();
    const bitfit = (await client.completions()).find(({ label }) => label === 'bitfit')!;
    expect(bitfit.detail).toBe('BitFit · does not fit here');
  },
});

defineTest({
  name: 'keys of rank_pattern are names of adapted modules; its ranks are counted for them',
  recipe: withLine('rank: 8', 'rank: 8\n    rank_pattern: { value: 4, ‸ }'),
  files: roberta,
  async expect(client) {
    await client.diagnostics();
    expect(labels(await client.completions())).toEqual(['query']);
    expect(await accept(client, 'query')).toContain('{ value: 4, query:  }');
    client.cursor = client.positionOf('4, ');
    const four = (await client.completions()).find(({ label }) => label === '4')!;
    expect(four.detail).toMatch(/^196,608 trainable/); // 24 matrices, 4·(1024 + 1024)
  },
});

defineTest({
  name: 'paths of a sweep in quotes, and values of the field that they lead to',
  recipe: `${classification}sweep:\n  ‸\n  "adapters.0.method": []\n`,
  async expect(client) {
    const items = labels(await client.completions());
    expect(items).toEqual(expect.arrayContaining(['adapters.0.rank', 'training.optimizer.learning_rate']));
    expect(items).not.toContain('adapters.0.method');
    expect(await accept(client, 'adapters.0.rank')).toContain('sweep:\n  "adapters.0.rank": \n');
    client.cursor = { ...client.positionOf('[]\n') };
    expect(labels(await client.completions())).toContain('lora-xs');
  },
});

defineTest({
  name: 'metrics are those of the task',
  recipe: `${classification}training:\n  metric: ‸\n`,
  files: roberta,
  async expect(client) {
    const items = await client.completions();
    expect(labels(items)).toEqual(['loss', 'accuracy', 'f1', 'f1_macro', 'matthews']);
    expect(items[1]).toMatchObject({ detail: 'higher is better' });
  },
});

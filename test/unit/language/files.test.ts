/** The model and the data as they are on disk: read once, and again when they change. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { defineTest } from './harness.ts';
import { classification, llama70b, roberta } from './recipes.ts';

const codes = (diagnostics: { code?: unknown }[]) => diagnostics.map((d) => d.code);

defineTest({
  name: 'a changed config is read again when the editor reports it',
  recipe: classification,
  files: roberta,
  async expect(client) {
    const count = async () => (await client.inlays()).find((hint) => String(hint.label).includes('trainable'))!.label;
    expect(await count()).toMatch(/^786,432/);
    expect(client.watched).toContain('**/{config,adapter_config,preprocessor_config}.json');
    const file = client.path('models/roberta/config.json');
    const config = { ...JSON.parse(readFileSync(file, 'utf8')) };
    writeFileSync(file, JSON.stringify({ ...config, num_hidden_layers: 12 }));
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
    await expect.poll(() => client.refreshes).toEqual(expect.arrayContaining(['diagnostic', 'inlayHint', 'codeLens']));
    await expect.poll(count).toMatch(/^393,216/);
  },
});

defineTest({
  name: 'keystrokes read nothing from disk',
  recipe: classification,
  files: roberta,
  async expect(client) {
    const before = await client.inlays();
    rmSync(client.path('models'), { recursive: true });
    await client.type('rank: 8', 'rank: 9');
    const after = await client.inlays();
    expect(after).toHaveLength(before.length);
    expect(after[0]!.label).toMatch(/^884,736/);
  },
});

defineTest({
  name: 'only the head of a data file is read',
  recipe: `${classification}data:\n  train: train.jsonl\n  columns: { text: sentence }\n`,
  files: { ...roberta, 'train.jsonl': '{"text":"a","label":0}\n'.repeat(2_000_000) },
  async expect(client) {
    const begin = process.cpuUsage();
    const found = await client.diagnostics();
    expect(process.cpuUsage(begin).user / 1000).toBeLessThan(1000);
    expect(codes(found)).toContain('missing-column');
    expect(await client.hover('train.jsonl')).toContain('columns: `text`, `label`');
  },
});

defineTest({
  name: 'an image that a row names and that cannot be read is said with its row, and so is a column that is not there',
  recipe:
    'version: 1\nmodel: { path: vit, task: image-classification }\nadapters: [{ method: lora }]\ndata: { train: photos.jsonl }\n',
  files: { 'photos.jsonl': '{"image": "1.png", "label": "cat"}\n', '1.png': 'no image' },
  async expect(client) {
    const found = (await client.diagnostics()).find(({ code }) => code === 'bad-image');
    expect(found?.message).toContain(`${client.path('photos.jsonl')}:1: 1.png: is no image`);
    writeFileSync(client.path('photos.jsonl'), '{"picture": "1.png", "label": "cat"}\n');
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
    await expect.poll(async () => codes(await client.diagnostics())).toContain('missing-column');
  },
});

defineTest({
  name: 'a tokenizer with more tokens than the model is said while the recipe is written, and not once its file is right',
  recipe: `${classification}data: { train: train.jsonl }\n`,
  files: {
    ...roberta,
    'models/roberta/tokenizer.json': tokenizerOf(60_000),
    'train.jsonl': '{"text": "a", "label": 0}\n',
  },
  async expect(client) {
    await expect.poll(async () => codes(await client.diagnostics())).toContain('vocabulary-too-large');
    writeFileSync(client.path('models/roberta/tokenizer.json'), tokenizerOf(50_000));
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
    await expect.poll(async () => codes(await client.diagnostics())).not.toContain('vocabulary-too-large');
  },
});

function tokenizerOf(size: number): string {
  const vocab = Object.fromEntries(Array.from({ length: size }, (_, id) => [`t${id}`, id]));
  return JSON.stringify({ added_tokens: [], model: { type: 'BPE', vocab, merges: [] } });
}

defineTest({
  name: 'a chat template that is corrected is read again',
  recipe:
    'version: 1\nmodel: { path: ./models/llama }\nadapters: [{ method: lora }]\ndata: { train: talk.jsonl, chat_template: mine.jinja }\n',
  files: {
    ...llama70b,
    'mine.jinja': '{% for m in messages %}{{ m.content }',
    'talk.jsonl': '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n',
  },
  async expect(client) {
    const found = async () => (await client.diagnostics()).find(({ code }) => code === 'bad-chat-template');
    await expect.poll(async () => (await found())?.range.start.line).toBe(3);
    writeFileSync(client.path('mine.jinja'), '{% for m in messages %}{{ m.role + m.content }}{% endfor %}');
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
    await expect.poll(found).toBeUndefined();
  },
});

/** What `rankwise preview` shows, from recipes and data to the text, in golden files; models have a tokenizer and no weights. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bracketed } from '../../../server/cli/commands/preview.ts';
import { run } from '../../../server/jobs/preview.ts';
import type { PreviewParams } from '../../../server/protocol/preview.ts';
import { fixtures, jobContext } from '../training/runs.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-preview-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder with the config of a tiny model and another's tokenizer. */
function model(config: string, tokenizer: string, more: object): string {
  const at = path.join(folder, tokenizer);
  mkdirSync(at);
  copyFileSync(path.join(fixtures, 'tokenizers', tokenizer, 'tokenizer.json'), path.join(at, 'tokenizer.json'));
  const given = JSON.parse(readFileSync(path.join(fixtures, 'tiny', config, 'config.json'), 'utf8'));
  writeFileSync(path.join(at, 'config.json'), JSON.stringify({ ...given, vocab_size: 500, ...more }));
  return at;
}
const rows = (name: string, values: object[]): string => {
  const file = path.join(folder, name);
  writeFileSync(file, values.map((value) => JSON.stringify(value)).join('\n'));
  return file;
};

let llama: string;
let bert: string;
beforeAll(() => {
  llama = model('llama', 'llama3-bpe', { eos_token_id: 1 });
  bert = model('bert', 'bert-wordpiece', { id2label: { 0: 'bad', 1: 'good' }, num_labels: 2 });
  rows('prompts.jsonl', [
    { prompt: 'Hello world', completion: ' matrix' },
    { prompt: 'Singular values?\n', completion: ' Three:\n\n\tU, S [and] V|naïve 🙂' },
    { prompt: 'Nothing', completion: '' },
    { prompt: 'A', completion: ' singular value decomposition of a matrix is a product of three' },
  ]);
  rows('classes.jsonl', [
    { text: 'hello matrix', label: 'good' },
    { text: 'singular', label: 'bad' },
  ]);
  rows('tokens.jsonl', [{ input_ids: [5, 6, 7], labels: [-100, 6, -100] }]);
});

const preview = (at: string, task: string, data: string, params: Partial<PreviewParams> = {}) => {
  const recipeText = `version: 1\nmodel: { path: ${at}, task: ${task} }\nadapters: [{ method: lora }]\ndata: ${data}\n`;
  return run({ recipeText, split: 'train', rows: 3, columns: 72, cwd: folder, ...params }, jobContext());
};
const train = (name: string, more = '', longest = 28) =>
  `{ train: ${path.join(folder, name)}, max_length: ${longest}${more} }`;
const text = async (result: ReturnType<typeof preview>) => `${(await result).lines.map(bracketed).join('\n')}\n`;

describe('the text', () => {
  test('of images: sizes and values as the model gets them, and the classes', async () => {
    for (const [kind, name] of [
      ['cat', 'rgb8.png'],
      ['dog', 'jpeg420.jpg'],
    ] as const) {
      mkdirSync(path.join(folder, 'photos', kind), { recursive: true });
      copyFileSync(path.join(fixtures, 'images', name), path.join(folder, 'photos', kind, name));
    }
    const result = await text(preview(path.join(fixtures, 'tiny/vit'), 'image-classification', train('photos')));
    await expect(result).toMatchFileSnapshot('golden/preview-images.txt');
  });

  test('of prompts and completions', async () => {
    const result = await text(preview(llama, 'causal-lm', train('prompts.jsonl')));
    await expect(result).toMatchFileSnapshot('golden/preview-prompts.txt');
  });

  test('of packed rows, with their numbers', async () => {
    const result = await text(
      preview(llama, 'causal-lm', train('prompts.jsonl', ', packing: true', 40), { ids: true, rows: 1 }),
    );
    await expect(result).toMatchFileSnapshot('golden/preview-packed.txt');
  });

  test('of classes', async () => {
    const result = await text(preview(bert, 'sequence-classification', train('classes.jsonl')));
    await expect(result).toMatchFileSnapshot('golden/preview-classes.txt');
  });

  test('of a decoder of its own, which writes another text', async () => {
    const t5 = model('t5', 'llama2-bpe-bytefallback', { eos_token_id: 2 });
    const result = await text(preview(t5, 'seq2seq', train('prompts.jsonl'), { rows: 1 }));
    await expect(result).toMatchFileSnapshot('golden/preview-target.txt');
  });

  test('of tokens that no tokenizer tells the meaning of', async () => {
    rmSync(path.join(llama, 'tokenizer.json'));
    const result = await text(preview(llama, 'causal-lm', train('tokens.jsonl')));
    copyFileSync(path.join(fixtures, 'tokenizers/llama3-bpe/tokenizer.json'), path.join(llama, 'tokenizer.json'));
    await expect(result).toMatchFileSnapshot('golden/preview-tokens.txt');
  });
});

test('the numbers are those that the model gets, and the texts together are the row', async () => {
  const { preview: shown } = await preview(llama, 'causal-lm', train('prompts.jsonl'), { rows: 1 });
  const [sample] = shown.samples;
  expect(sample!.texts.join('')).toBe('<|begin_of_text|>Hello world matrix<|end_of_text|>');
  expect(sample!.labels.map((label) => label !== -100).lastIndexOf(false)).toBe(sample!.loss[0]! - 1);
  expect(sample!.special).toEqual([0, sample!.input_ids.length - 1]);
  expect(shown.counts).toMatchObject({ rows: 4, whole: true, examples: 3, empty: 1, truncated: 1 });
  const all = (await preview(llama, 'causal-lm', train('prompts.jsonl'))).preview.samples;
  const loss = all.reduce((sum, { loss }) => sum + loss.length, 0);
  expect(shown.counts.lossShare).toBeCloseTo(loss / shown.counts.tokens, 10);
});

test('only the first rows of large data are looked at', async () => {
  rows(
    'many.jsonl',
    Array.from({ length: 1001 }, () => ({ input_ids: [1, 2] })),
  );
  const { preview: shown } = await preview(llama, 'causal-lm', train('many.jsonl'));
  expect(shown.counts).toMatchObject({ rows: 1000, whole: false });
  expect(shown.samples).toHaveLength(3);
});

test('validation data is that of its files; a part of the training rows has none', async () => {
  const files = `{ train: ${path.join(folder, 'prompts.jsonl')}, validation: ${path.join(folder, 'tokens.jsonl')} }`;
  const { preview: shown } = await preview(llama, 'causal-lm', files, { split: 'validation' });
  expect(shown.samples[0]).toMatchObject({ input_ids: [5, 6, 7], loss: [1], sources: [{ line: 1 }] });
  const part = preview(llama, 'causal-lm', train('prompts.jsonl', ', validation: 0.5'), { split: 'validation' });
  await expect(part).rejects.toMatchObject({ code: 'no-validation-files' });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type EncodeOptions, encodeFiles } from '../../../server/data/encode.ts';
import { loadTokenizer } from '../../../server/data/tokenizer.ts';
import type { Dataset, Example } from '../../../server/data/types.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-encode-'));
afterAll(() => rmSync(folder, { recursive: true }));
const tokenizerOf = (name: string) => loadTokenizer(path.join(import.meta.dirname, '../../fixtures/tokenizers', name));
/** Llama-2's fixture has no tokenizer_config.json, which would name `</s>`, token 2. */
const llama = { ...tokenizerOf('llama2-bpe-bytefallback'), eosId: 2 };
const bert = tokenizerOf('bert-wordpiece');

let files = 0;
async function encode(rows: unknown[], options: Partial<EncodeOptions>) {
  const file = path.join(folder, `${files++}.jsonl`);
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  return listed(
    await encodeFiles(file, {
      task: 'causal-lm',
      columns: {},
      maxLength: 64,
      vocabSize: 500,
      tokenizer: () => llama,
      ...options,
    }),
  );
}
const listed = ({ examples, ...rest }: Dataset) => ({
  ...rest,
  examples: Array.from({ length: examples.length }, (_, i) => examples.at(i)!),
});
const classify: Partial<EncodeOptions> = { task: 'sequence-classification', tokenizer: () => bert, numLabels: 2 };
const list = (numbers: ArrayLike<number> | undefined) => Array.from(numbers ?? []);
const text = (example: Example | undefined) => llama.decode(list(example!.ids)!);
const learnt = (example: Example) => list(example.ids.filter((_, i) => example.labels[i] !== -100));

test('prompt and completion: begin token once, end token last, loss on the completion alone', async () => {
  const tokenizer = { ...tokenizerOf('llama3-bpe'), eosId: 1 };
  const row = { prompt: 'Hello world', completion: ' matrix' };
  const { examples, warnings } = await encode([row], { tokenizer: () => tokenizer });
  const [prompt, completion] = [tokenizer.encode(row.prompt), tokenizer.encode(row.completion)];
  expect(list(examples[0]!.ids)).toEqual([0, ...prompt, ...completion, 1]);
  expect(learnt(examples[0]!)).toEqual([...completion, 1]);
  expect(warnings).toEqual([]);
});

test('a model with a decoder of its own reads the prompt and writes the completion, each framed, ended and cut by itself', async () => {
  const tokenizer = { ...tokenizerOf('llama3-bpe'), eosId: 1 };
  const row = { prompt: 'Hello world', completion: ' matrix' };
  const options: Partial<EncodeOptions> = { task: 'seq2seq', tokenizer: () => tokenizer };
  const { examples } = await encode([row, { prompt: 'alone', completion: '' }], options);
  expect(examples.map(({ ids, labels }) => [list(ids), list(labels)])).toEqual([
    [
      [0, ...tokenizer.encode(row.prompt), 1],
      [0, ...tokenizer.encode(row.completion), 1],
    ],
  ]);
  const long = { prompt: 'Hello '.repeat(9), completion: ' matrix'.repeat(9) };
  const cut = await encode([long], { ...options, maxLength: 5 });
  const [{ ids, labels }] = cut.examples as [Example];
  expect(list(ids)).toEqual([0, ...tokenizer.encode(long.prompt).slice(0, 3), 1]);
  expect([labels.length, labels.at(-1)]).toEqual([5, 1]);
  expect(cut.warnings).toMatchObject([{ code: 'rows-truncated' }]);
});

test('a prompt whose last token merges with the completion is counted, and the merged token learnt', async () => {
  const { examples, warnings } = await encode([{ prompt: 'Hello world', completion: ' matrix' }], {});
  expect(text(examples[0])).toBe('Hello world matrix');
  expect(llama.decode(learnt(examples[0]!)!)).toMatch(/^d? ?matrix$/);
  expect(warnings).toMatchObject([{ code: 'boundary-merged' }]);
});

test('a long prompt is cut on the left only when the completion would vanish', async () => {
  const prompt = 'singular value decomposition '.repeat(8);
  const { examples, warnings } = await encode([{ prompt, completion: 'matrix' }], { maxLength: 12 });
  const [example] = examples;
  expect(example!.ids).toHaveLength(12);
  expect(example!.ids[0]).toBe(1);
  expect(text(example)).toMatch(/decomposition ?matrix$/);
  expect(llama.decode(learnt(example!)!)).toContain('matrix');
  expect(warnings).toMatchObject([{ code: 'rows-truncated' }]);
  const short = await encode([{ prompt: 'Hello ', completion: prompt }], { maxLength: 12 });
  expect(text(short.examples[0])).toMatch(/^Hello singular/);
  expect(short.examples[0]!.ids).toHaveLength(12);
});

test('plain text: all is learnt; empty rows are left out and counted', async () => {
  const { examples, warnings } = await encode([{ text: 'Hello' }, { text: '' }, { text: 'world' }], {});
  expect(examples.map(text)).toEqual(['Hello', 'world']);
  expect(list(examples[0]!.labels)).toEqual(list(examples[0]!.ids));
  expect(warnings).toMatchObject([{ code: 'rows-empty', message: expect.stringContaining('1 of 3') }]);
  await expect(encode([{ text: '' }], {})).rejects.toMatchObject({ code: 'data-empty' });
});

test('without an end token in the tokenizer there is a warning', async () => {
  const { warnings } = await encode([{ text: 'Hello' }], { tokenizer: () => ({ ...llama, eosId: undefined }) });
  expect(warnings).toMatchObject([{ code: 'no-end-token' }]);
});

test('classification: pairs keep their special tokens and types when cut', async () => {
  const row = { text: 'Hello world', text_pair: 'the singular value decomposition of the weight matrix', label: 1 };
  const [whole] = (await encode([row], classify)).examples;
  const [cut] = (await encode([row], { ...classify, maxLength: 10 })).examples;
  expect(list(whole!.labels)).toEqual([1]);
  expect(cut!.ids).toHaveLength(10);
  expect([cut!.ids[0], cut!.ids.at(-1)]).toEqual([2, 3]);
  const types = list(cut!.typeIds)!;
  expect(types).toEqual([...types].sort());
  expect(cut!.ids.filter((id) => id === 3)).toHaveLength(2);
});

test('label names get the numbers of their sorted order, or those given', async () => {
  const rows = ['no', 'yes', 'no'].map((label) => ({ text: 'x', label }));
  const found = await encode(rows.reverse(), classify);
  expect(found.labelNames).toEqual(['no', 'yes']);
  expect(found.examples.map((e) => e.labels[0])).toEqual([0, 1, 0]);
  const given = await encode(rows, { ...classify, labelNames: ['yes', 'no'] });
  expect(given.examples.map((e) => e.labels[0])).toEqual([1, 0, 1]);
  const numbers = await encode(
    ['0', 1, true].map((label) => ({ text: 'x', label })),
    classify,
  );
  expect(numbers.examples.map((e) => e.labels[0])).toEqual([0, 1, 1]);
  expect(numbers.labelNames).toBeUndefined();
});

test.each([
  [[0, 2], 'label-out-of-range'],
  [[0, -1], 'label-out-of-range'],
  [[0, 0.5], 'label-out-of-range'],
  [['a', 'b', 'c'], 'label-out-of-range'],
  [[0, 'a'], 'wrong-type'],
  [['a', 0], 'wrong-type'],
  [[0, null], 'wrong-type'],
  [[0, undefined], 'missing-column'],
])('labels %j fail with %s, naming the row', async (labels, code) => {
  const rows = labels.map((label) => ({ text: 'x', label }));
  const message = expect.stringContaining(`.jsonl:${rows.length}: `);
  await expect(encode(rows, classify)).rejects.toMatchObject({ code, message });
});

test('tokens made elsewhere pass as they are, masks and ignored labels included', async () => {
  const rows = [
    { input_ids: [5, 6, 7, 0], attention_mask: [1, 1, 1, 0], labels: [-100, 6, 7, -100] },
    { input_ids: [5, 6, 7, 0], attention_mask: [1, 1, 1, 0] },
    { input_ids: [5, 6], labels: [5, -100] },
  ];
  const { examples, warnings } = await encode(rows, { tokenizer: () => expect.fail('no tokenizer is needed') });
  expect(examples).toHaveLength(2);
  expect(list(examples[0]!.mask)).toEqual([1, 1, 1, 0]);
  expect(list(examples[0]!.labels)).toEqual([-100, 6, 7, -100]);
  expect(list(examples[1]!.labels)).toEqual([5, 6, 7, -100]);
  expect(warnings).toMatchObject([{ code: 'rows-empty' }]);
  const [one] = (await encode([{ input_ids: [1, 2], labels: 1 }], classify)).examples;
  expect(list(one!.labels)).toEqual([1]);
});

test.each([
  [{ input_ids: [1, 500] }, 'token-out-of-range'],
  [{ input_ids: [1, -1] }, 'token-out-of-range'],
  [{ input_ids: [1, 2.5] }, 'wrong-type'],
  [{ input_ids: 'one two' }, 'wrong-type'],
  [{ input_ids: [1, 2], labels: [1] }, 'wrong-type'],
  [{ text: 7 }, 'wrong-type'],
  [{ sentence: 'x' }, 'missing-column'],
])('%j fails with %s', async (row, code) => {
  await expect(encode([row], {})).rejects.toMatchObject({ code });
});

test('csv holds token lists as JSON text', async () => {
  const file = path.join(folder, 'tokens.csv');
  writeFileSync(file, 'input_ids,labels\n"[1, 2, 3]","[-100, 2, 3]"\n');
  const options: EncodeOptions = { task: 'causal-lm', columns: {}, maxLength: 8, vocabSize: 9, tokenizer: () => llama };
  expect(list((await encodeFiles(file, options)).examples.at(0)!.labels)).toEqual([-100, 2, 3]);
});

/** The number of tokens without building the tokenizer is that of the tokenizer. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadVocabulary } from '../../../server/checkpoint/vocabulary.ts';
import { loadTokenizer } from '../../../server/data/tokenizer.ts';
import { temporaryFolder } from './safetensors/files.ts';

const countVocabulary = async (file: string, known: number) => (await loadVocabulary(file, known)).value;
const tokenizers = path.join(import.meta.dirname, '../../fixtures/tokenizers');

test.each(readdirSync(tokenizers))('%s', async (name) => {
  const folder = path.join(tokenizers, name);
  const { size } = loadTokenizer(folder);
  const known = size - 3;
  const found = await countVocabulary(path.join(folder, 'tokenizer.json'), known);
  const token = loadTokenizer(folder).token(known);
  expect(found).toMatchObject({ vocabulary: { size, beyond: { id: known } } });
  if ('vocabulary' in found && !/\s/.test(token!)) expect(found.vocabulary.beyond!.token).toBe(token);
});

/** A copy of a tokenizer with other files beside it. */
function copy(name: string, files: Record<string, string>): string {
  const folder = path.join(temporaryFolder(), 'model');
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(tokenizers, name, 'tokenizer.json'), path.join(folder, 'tokenizer.json'));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  return folder;
}

test('tokens that other files name count as the tokenizer counts them', async () => {
  const config = {
    pad_token: '[PAD]',
    eos_token: { content: 'hello' },
    additional_special_tokens: ['<a>', '<b>'],
    added_tokens_decoder: { 700: { content: '<far "away">' } },
  };
  const folder = copy('gpt2-bpe', { 'tokenizer_config.json': JSON.stringify(config) });
  const { size } = loadTokenizer(folder);
  expect(size).toBeGreaterThan(701);
  expect(await countVocabulary(path.join(folder, 'tokenizer.json'), 700)).toEqual({
    vocabulary: { size, beyond: { id: 700, token: '<far "away">' } },
  });
});

test('the vocabularies of older checkpoints', async () => {
  const folder = copy('gpt2-bpe', {});
  const { vocab } = JSON.parse(readFileSync(path.join(folder, 'tokenizer.json'), 'utf8')).model;
  writeFileSync(path.join(folder, 'vocab.json'), JSON.stringify(vocab));
  writeFileSync(path.join(folder, 'vocab.txt'), '[UNK]\n[CLS]\n[SEP]\nx\n');
  const sizeOf = async (file: string) => await countVocabulary(path.join(folder, file), 1000);
  expect(await sizeOf('vocab.json')).toEqual({ vocabulary: { size: Object.keys(vocab).length } });
  expect(await sizeOf('vocab.txt')).toEqual({ vocabulary: { size: 4 } });
});

test.each([
  ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\n', /no vocabulary/],
  [
    'half a file',
    '{"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0, "b"',
    /end is missing/,
  ],
])('%s is no tokenizer', async (_, text, message) => {
  const folder = copy('gpt2-bpe', { 'tokenizer.json': text });
  const found = await countVocabulary(path.join(folder, 'tokenizer.json'), 10);
  expect(found).toMatchObject({ vocabularyFault: { code: 'bad-tokenizer', message: expect.stringMatching(message) } });
});

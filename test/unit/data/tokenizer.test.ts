import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadTokenizer } from '../../../server/data/tokenizer.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/tokenizers');
const names = readdirSync(fixtures).filter((name) => readdirSync(path.join(fixtures, name)).includes('encodings.json'));
const definitionOf = (name: string) => JSON.parse(readFileSync(path.join(fixtures, name, 'tokenizer.json'), 'utf8'));

interface Encodings {
  cases: {
    text: string;
    ids: number[];
    type_ids: number[];
    ids_no_special: number[];
    decoded: string;
    /** By character: its token, null where it has none. */
    at?: (number | null)[];
  }[];
  pair: { a: string; b: string; ids: number[]; type_ids: number[] };
}
const encodingsOf = (name: string) =>
  JSON.parse(readFileSync(path.join(fixtures, name, 'encodings.json'), 'utf8')) as Encodings;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folderOf(files: Record<string, unknown>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-tokenizer-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return folder;
}

test.each(names)('%s: every reference string, both ways, and a pair', (name) => {
  const tokenizer = loadTokenizer(path.join(fixtures, name));
  const { cases, pair } = encodingsOf(name);
  for (const { text, ids, type_ids, ids_no_special, decoded } of cases) {
    const plain = tokenizer.encode(text);
    expect(plain, text).toEqual(ids_no_special);
    expect(tokenizer.frame(plain), text).toEqual({ ids, typeIds: type_ids });
    expect(tokenizer.decode(ids), text).toBe(decoded);
    expect(tokenizer.overhead(false)).toBe(ids.length - plain.length);
  }
  const framed = tokenizer.frame(tokenizer.encode(pair.a), tokenizer.encode(pair.b));
  expect(framed).toEqual({ ids: pair.ids, typeIds: pair.type_ids });
});

const causal = [
  'llama3-tiny',
  'gpt4o-tiny',
  'gemma-tiny',
  'mistral-tiny',
  'llama2-tiny',
  'falcon-tiny',
  'deepseek-tiny',
];
test.each([...causal, 'bert-uncased-tiny', 't5-tiny'])('%s: which token covers each character', (name) => {
  const tokenizer = loadTokenizer(path.join(fixtures, name));
  for (const { text, ids_no_special, at } of encodingsOf(name).cases) {
    const starts: number[] = [];
    for (let i = 0; i < text.length; i += text.codePointAt(i)! > 0xffff ? 2 : 1) starts.push(i);
    const { ids, tokens } = tokenizer.locate(text, starts);
    expect(ids).toEqual(ids_no_special);
    expect(
      tokens.map((token, i) => (at![i] === null ? null : token)),
      text,
    ).toEqual(at);
  }
});

test('half a surrogate pair is the replacement character', () => {
  const tokenizer = loadTokenizer(path.join(fixtures, 'llama3-tiny'));
  expect(tokenizer.encode('a\ud83d b')).toEqual(tokenizer.encode('a\ufffd b'));
});

test('the end of text comes from tokenizer_config.json, else from special_tokens_map.json, else from config.json', () => {
  const folder = folderOf({});
  expect(() => loadTokenizer(folder)).toThrowError(expect.objectContaining({ code: 'tokenizer-missing' }));
  cpSync(path.join(fixtures, 'gpt2-bpe/tokenizer.json'), path.join(folder, 'tokenizer.json'));
  expect(loadTokenizer(folder).eosId).toBeUndefined();
  writeFileSync(path.join(folder, 'config.json'), '{"eos_token_id": [7, 8]}');
  expect(loadTokenizer(folder).eosId).toBe(7);
  writeFileSync(path.join(folder, 'special_tokens_map.json'), '{"eos_token": "!"}');
  expect(loadTokenizer(folder).eosId).toBe(1);
  writeFileSync(path.join(folder, 'tokenizer_config.json'), '{"eos_token": {"content": "<|endoftext|>"}}');
  expect(loadTokenizer(folder).eosId).toBe(0);
});

test.each([
  ['{"model": {"type": "Nonsense"}}', 'the model "Nonsense" is not supported'],
  ['{"model":', 'tokenizer.json'],
  ['{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}', 'the merge "a b"'],
  ['{"normalizer": {"type": "Odd"}, "model": {"type": "BPE", "vocab": {}, "merges": []}}', 'the normalizer "Odd"'],
])('a tokenizer.json that cannot be used: %s', (text, message) => {
  expect(() => loadTokenizer(folderOf({ 'tokenizer.json': text }))).toThrowError(
    expect.objectContaining({ code: 'bad-tokenizer', message: expect.stringContaining(message) }),
  );
});

test('tokens that other files add are found in the text, and special ones left out of the decoded', () => {
  const definition = definitionOf('llama3-tiny');
  const { size } = loadTokenizer(folderOf({ 'tokenizer.json': definition }));
  const config = {
    eos_token: '<end>',
    add_bos_token: false,
    add_eos_token: true,
    added_tokens_decoder: {
      [size]: { content: '<tool>', special: false },
      [size + 1]: { content: '<|x|>', special: true },
    },
  };
  const added = loadTokenizer(folderOf({ 'tokenizer.json': definition, 'tokenizer_config.json': config }));
  const ids = added.encode('a<tool><|x|><end>');
  expect(ids.slice(-3)).toEqual([size, size + 1, size + 2]);
  expect(added.decode(ids)).toBe('a<tool>');
  expect(added.size).toBe(size + 3);
  expect(added.frame([5]).ids).toEqual([5, size + 2]);
  const old = loadTokenizer(folderOf({ 'tokenizer.json': definition, 'added_tokens.json': { '<|y|>': size + 4 } }));
  expect(old.encode('<|y|>')).toEqual([size + 4]);
});

test('vocab.txt alone is the WordPiece of BERT', () => {
  for (const name of ['bert-uncased-tiny', 'bert-cased-tiny']) {
    const { model } = definitionOf(name);
    const vocabulary = Object.keys(model.vocab).sort((a, b) => model.vocab[a] - model.vocab[b]);
    const cased = name === 'bert-cased-tiny';
    const config = cased ? { do_lower_case: false } : {};
    const tokenizer = loadTokenizer(
      folderOf({ 'vocab.txt': `${vocabulary.join('\n')}\n`, 'tokenizer_config.json': config }),
    );
    expect(tokenizer.decode(tokenizer.encode('Hello [SEP]'))).toBe(cased ? 'Hello' : 'hello');
    const plain = encodingsOf(name).cases.filter(
      ({ text }) => !/word|tool|of |\S{13}/i.test(text) && (cased || !text.includes('İ')),
    );
    for (const { text, ids, decoded } of plain) {
      const found = tokenizer.frame(tokenizer.encode(text)).ids;
      expect(found, text).toEqual(ids);
      expect(tokenizer.decode(found)).toBe(decoded);
    }
  }
});

test('vocab.json and merges.txt alone are the pairs of GPT-2, RoBERTa or Qwen2', () => {
  const kinds: [string, Record<string, unknown>][] = [
    ['gpt2-bpe', { model_type: 'gpt2' }],
    ['roberta-bpe', { model_type: 'roberta' }],
    ['qwen2-tiny', { model_type: 'qwen2' }],
  ];
  for (const [name, config] of kinds) {
    const { model, added_tokens: added } = definitionOf(name);
    const pairs = (model.merges as (string | string[])[]).map((merge) =>
      typeof merge === 'string' ? merge : merge.join(' '),
    );
    const folder = folderOf({
      'vocab.json': model.vocab,
      'merges.txt': `#version: 0.2\n${pairs.join('\n')}\n`,
      'config.json': config,
      ...(name === 'qwen2-tiny' && {
        'tokenizer_config.json': {
          added_tokens_decoder: Object.fromEntries(added.map((t: { id: number }) => [t.id, t])),
        },
      }),
    });
    const tokenizer = loadTokenizer(folder);
    for (const { text, ids } of encodingsOf(name).cases)
      expect(tokenizer.frame(tokenizer.encode(text)).ids, text).toEqual(ids);
  }
});

test('a SentencePiece model alone says how it is converted', () => {
  const missing = expect.objectContaining({
    code: 'tokenizer-missing',
    hint: expect.stringContaining('save_pretrained'),
  });
  expect(() => loadTokenizer(folderOf({ 'tokenizer.model': 'x' }))).toThrowError(missing);
  const clip = folderOf({ 'vocab.json': { '!</w>': 0 }, 'merges.txt': '' });
  expect(() => loadTokenizer(clip)).toThrowError(expect.objectContaining({ code: 'bad-tokenizer' }));
});

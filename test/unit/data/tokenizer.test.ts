import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadTokenizer } from '../../../server/data/tokenizer.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/tokenizers');
const names = ['bert-wordpiece', 'gpt2-bpe', 'llama2-bpe-bytefallback', 'llama3-bpe', 'roberta-bpe'];

interface Encodings {
  cases: { text: string; ids: number[]; type_ids: number[]; ids_no_special: number[]; decoded: string }[];
  pair: { a: string; b: string; ids: number[]; type_ids: number[] };
}

test.each(names)('%s: every reference string, both ways, and a pair', (name) => {
  const tokenizer = loadTokenizer(path.join(fixtures, name));
  const { cases, pair } = JSON.parse(readFileSync(path.join(fixtures, name, 'encodings.json'), 'utf8')) as Encodings;
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

test('the end of text comes from tokenizer_config.json, else from config.json', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-tokenizer-'));
  try {
    expect(() => loadTokenizer(folder)).toThrowError(expect.objectContaining({ code: 'tokenizer-missing' }));
    writeFileSync(path.join(folder, 'tokenizer.json'), readFileSync(path.join(fixtures, 'gpt2-bpe/tokenizer.json')));
    expect(loadTokenizer(folder).eosId).toBeUndefined();
    writeFileSync(path.join(folder, 'config.json'), '{"eos_token_id": [7, 8]}');
    expect(loadTokenizer(folder).eosId).toBe(7);
    writeFileSync(path.join(folder, 'tokenizer_config.json'), '{"eos_token": {"content": "<|endoftext|>"}}');
    expect(loadTokenizer(folder).eosId).toBe(0);
    writeFileSync(path.join(folder, 'tokenizer.json'), '{"model": {"type": "Nonsense"}}');
    expect(() => loadTokenizer(folder)).toThrowError(expect.objectContaining({ code: 'bad-tokenizer' }));
    writeFileSync(path.join(folder, 'tokenizer.json'), '{"model":');
    expect(() => loadTokenizer(folder)).toThrowError(expect.objectContaining({ code: 'bad-tokenizer' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { Tokenizer } from '@huggingface/tokenizers';
import { expect, it } from 'vitest';
import { tokenizerJson, trainBpe } from '../../../scripts/quickstart/bpe.ts';
import { pretrainingTexts } from '../../../scripts/quickstart/corpus.ts';
import { endOfText, specialTokens, tokenizerConfig } from '../../../scripts/quickstart/model.ts';

const { train, validation } = pretrainingTexts({ train: 2000, validation: 50, group: 8 }, 3);
const bpe = trainBpe(train, 700, specialTokens);
const tokenizer = new Tokenizer(tokenizerJson(bpe, specialTokens) as object, tokenizerConfig);
const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false });

it('comes back from ids as the text it was, whatever the text', () => {
  const others = ["Arr, ye be welcome, me hearty! 'Tis fine.", ' two  spaces\n\n', 'naïve 日本 🏴‍☠️', '\u0000\t~'];
  for (const text of [...train.slice(0, 200), ...validation, ...others])
    expect(tokenizer.decode(encode(text).ids, { clean_up_tokenization_spaces: false })).toBe(text);
});

it('has the bytes, the special tokens and merges, and spends few tokens on the corpus', () => {
  expect(bpe.vocab.size).toBe(700);
  expect(bpe.merges).toHaveLength(700 - 256 - specialTokens.length);
  expect(encode(endOfText).ids).toEqual([0]);
  const tokens = train.reduce((sum, text) => sum + encode(text).ids.length, 0);
  expect(train.join('').length / tokens).toBeGreaterThan(3);
});

it('merges the most frequent pair first, of equals the first in code point order', () => {
  const { merges } = trainBpe(['ab ab ab', 'cd cd', 'xy', 'xz'], 256 + 4, []);
  expect(merges).toEqual([
    ['a', 'b'],
    ['c', 'd'],
    ['Ġ', 'ab'],
    ['x', 'y'],
  ]);
});

it('stops when there is nothing left to merge', () => {
  expect(trainBpe(['ab'], 1000, []).vocab.size).toBe(257);
});

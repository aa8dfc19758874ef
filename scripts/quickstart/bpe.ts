/**
 * Trains a byte-level BPE tokenizer (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909; bytes as in GPT-2) and writes it as a
 * Hugging Face tokenizer.json. Any text can be encoded: the 256 bytes come first.
 */

/** GPT-2's split: contractions, words with the space before them, numbers, punctuation, runs of spaces. */
const split = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

export interface Bpe {
  /** Token -> id; bytes are written as GPT-2's printable characters. */
  vocab: Map<string, number>;
  merges: [string, string][];
}

/**
 * `size` counts the special tokens, the 256 bytes and the merges. The most frequent pair is merged first, of equals the one that
 * comes first in code point order, so that the result depends on the text alone.
 */
export function trainBpe(texts: Iterable<string>, size: number, specialTokens: readonly string[]): Bpe {
  const bytes = byteCharacters();
  const vocab = new Map([...specialTokens, ...bytes].map((token, id) => [token, id]));
  const words = [...countWords(texts, bytes)].map(([word, count]) => ({ parts: [...word], count }));
  const merges: [string, string][] = [];
  while (vocab.size < size) {
    const best = mostFrequentPair(words);
    if (!best) break;
    merges.push(best);
    vocab.set(best.join(''), vocab.size);
    for (const word of words) word.parts = merge(word.parts, best);
  }
  return { vocab, merges };
}

function countWords(texts: Iterable<string>, bytes: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) for (const [word] of text.matchAll(split)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const spell = (word: string) => [...Buffer.from(word)].map((byte) => bytes[byte]!).join('');
  return new Map([...counts].map(([word, count]) => [spell(word), count]));
}

interface Word {
  parts: string[];
  count: number;
}

function mostFrequentPair(words: readonly Word[]): [string, string] | undefined {
  const counts = new Map<string, number>();
  for (const { parts, count } of words)
    for (let i = 1; i < parts.length; i++) {
      const pair = `${parts[i - 1]} ${parts[i]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  let best: string | undefined;
  for (const [pair, count] of counts) {
    const lead = best === undefined ? 1 : count - counts.get(best)!;
    if (lead > 0 || (lead === 0 && pair < best!)) best = pair;
  }
  // No token holds a space: byte 0x20 is written as Ġ.
  return best?.split(' ') as [string, string] | undefined;
}

function merge(parts: readonly string[], [left, right]: readonly [string, string]): string[] {
  const merged: string[] = [];
  for (const part of parts) {
    if (part === right && merged.at(-1) === left) merged[merged.length - 1] = left + right;
    else merged.push(part);
  }
  return merged;
}

/** GPT-2's 256 printable characters, by byte: printable Latin-1 stands for itself, the others for U+0100 onwards. */
function byteCharacters(): string[] {
  const printable = (b: number) => (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, b) => String.fromCodePoint(printable(b) ? b : next++));
}

/** tokenizer.json as the tokenizers library reads it. */
export function tokenizerJson({ vocab, merges }: Bpe, specialTokens: readonly string[]): unknown {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content) => ({
      id: vocab.get(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocab),
      merges,
    },
  };
}

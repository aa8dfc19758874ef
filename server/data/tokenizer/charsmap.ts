/** SentencePiece's precompiled normalization: a trie of byte sequences and what each becomes (T5, XLM-RoBERTa, DeBERTa, ALBERT). */
import type { Normalizer } from './normalizers.ts';
import { remembering } from './vocabulary.ts';

const utf8 = new TextEncoder();
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Longer clusters than this, in bytes, are looked up character by character only. */
const longest = 5;

/**
 * `charsmap` in base64: the size of the trie in bytes, a double array of 32-bit units, and the replacements, each ended by a
 * zero byte. A grapheme becomes what its shortest known beginning becomes, however odd that is: so the reference does it.
 */
export function precompiled(charsmap: string): Normalizer {
  if (charsmap === '') return (text) => text;
  const bytes = Buffer.from(charsmap, 'base64');
  const size = bytes.readUInt32LE(0);
  const trie = Uint32Array.from({ length: size / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
  const replacements = bytes.subarray(4 + size);

  const find = (key: Uint8Array): string | undefined => {
    const at = firstPrefix(trie, key);
    return at === undefined ? undefined : replacements.toString('utf8', at, replacements.indexOf(0, at));
  };
  const cluster = remembering((text) => {
    const key = utf8.encode(text);
    const whole = key.length <= longest ? find(key) : undefined;
    return whole ?? Array.from(text, (character) => find(utf8.encode(character)) ?? character).join('');
  }, Number.POSITIVE_INFINITY);
  // Letters, digits and signs of ASCII that stand as they are need no segmenting, save the last before something else.
  const plain = (code: number) => code < 128 && code >= 32 && find(Uint8Array.of(code)) === undefined;
  const untouched = Array.from({ length: 128 }, (_, code) => plain(code));
  return (text) => {
    let done = '';
    for (let at = 0; at < text.length; ) {
      const start = at;
      while (at < text.length && untouched[text.charCodeAt(at)]) at++;
      if (at === text.length) return done + text.slice(start);
      if (at > start) at--;
      done += text.slice(start, at);
      // Up to two plain characters in a row, of which the second begins nothing but itself.
      let end = at + 1;
      while (end < text.length && !(untouched[text.charCodeAt(end)] && untouched[text.charCodeAt(end - 1)])) end++;
      for (const { segment } of graphemes.segment(text.slice(at, end))) done += cluster(segment);
      at = end;
    }
    return done;
  };
}

/** Where the replacement of the shortest beginning of `key` in the trie stands. */
function firstPrefix(trie: Uint32Array, key: Uint8Array): number | undefined {
  let node = offset(trie[0]!);
  for (const byte of key) {
    if (byte === 0) return undefined;
    node ^= byte;
    const unit = trie[node] ?? 0;
    if ((unit & 0x800000ff) !== byte) return undefined;
    node ^= offset(unit);
    if ((unit >>> 8) & 1) return trie[node]! & 0x7fffffff;
  }
  return undefined;
}

const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);

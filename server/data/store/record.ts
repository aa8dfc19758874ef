/**
 * An example as 32-bit words: what there is (flags), a checksum of all that follows, the number of tokens, that of stored labels; then
 * the tokens, the mask and the token types where there are some, and the labels. Labels that repeat the tokens are not stored: only where
 * they begin to.
 */
import { type Example, ignored, type Labels } from '../types.ts';

const masked = 1;
const typed = 2;
/** Labels are those of a causal model: nothing before some token, and from there on the tokens. */
const tail = 4;
/** Labels are float32. */
const float = 8;

export const headWords = 4;

export function toWords({ ids, mask, typeIds, labels }: Example): Int32Array {
  const start = tailStart(ids, labels);
  const stored = start === undefined ? bitsOf(labels) : Int32Array.of(start);
  const parts = [ids, ...(mask ? [mask] : []), ...(typeIds ? [typeIds] : []), stored];
  const words = new Int32Array(headWords + parts.reduce((sum, { length }) => sum + length, 0));
  words[0] =
    (mask ? masked : 0) |
    (typeIds ? typed : 0) |
    (start === undefined ? 0 : tail) |
    (labels instanceof Float32Array ? float : 0);
  words[2] = ids.length;
  words[3] = stored.length;
  let at = headWords;
  for (const part of parts) {
    words.set(part, at);
    at += part.length;
  }
  words[1] = checksum(words);
  return words;
}

/** Undefined: not what `toWords` made. The example looks into `words`. */
export function fromWords(words: Int32Array): Example | undefined {
  if (words.length < headWords || words[1] !== checksum(words)) return undefined;
  const [flags, , tokens, stored] = words as unknown as [number, number, number, number];
  let at = headWords;
  const take = (length: number) => {
    at += length;
    return words.subarray(at - length, at);
  };
  const ids = take(tokens);
  const example: Example = { ids, labels: ids };
  if (flags & masked) example.mask = take(tokens);
  if (flags & typed) example.typeIds = take(tokens);
  const labels = take(stored);
  if (flags & float) example.labels = new Float32Array(labels.buffer, labels.byteOffset, stored);
  else example.labels = flags & tail ? tailOf(ids, labels[0]!) : labels;
  return example;
}

const bitsOf = (labels: Labels): Int32Array =>
  labels instanceof Int32Array ? labels : new Int32Array(labels.buffer, labels.byteOffset, labels.length);

function tailOf(ids: Int32Array, start: number): Int32Array {
  if (start === 0) return ids;
  return ids.slice().fill(ignored, 0, start);
}

function tailStart(ids: Int32Array, labels: Labels): number | undefined {
  if (labels.length !== ids.length || labels instanceof Float32Array) return undefined;
  let start = ids.length;
  while (start > 0 && labels[start - 1] === ids[start - 1]) start--;
  for (let i = 0; i < start; i++) if (labels[i] !== ignored) return undefined;
  return start;
}

/** FNV-1a over words, the place of the checksum left out. It finds damage, not intent. */
function checksum(words: Int32Array): number {
  let hash = Math.imul(0x811c9dc5 ^ words[0]!, 0x01000193);
  for (let i = 2; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return hash;
}

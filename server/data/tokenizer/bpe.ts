/** Byte-pair encoding (Sennrich et al. 2016): characters are merged pair by pair, the earliest learnt merge first. */
import type { Part, WordModel } from './definition.ts';
import { PairTable } from './pair-table.ts';
import { Vocabulary, wordModel } from './vocabulary.ts';

interface Word {
  ids: number[];
  ends: number[];
}

/** Throws an Error for a merge whose result is no token. */
export function bpe(part: Part): WordModel {
  const vocabulary = new Vocabulary(Object.entries(part.vocab as Record<string, number>));
  const merges = new Merges(vocabulary, part);
  const characters = symbols(vocabulary, part);
  return wordModel(vocabulary, (text) => {
    const whole = part.ignore_merges === true ? vocabulary.id(text) : undefined;
    return whole === undefined ? merges.apply(characters(text)) : { ids: [whole], ends: [text.length] };
  });
}

/** Ids of the characters of a word: unknown ones become their bytes where the vocabulary has them, else the unknown token. */
function symbols(vocabulary: Vocabulary, part: Part): (text: string) => Word {
  const { byte_fallback, fuse_unk } = part;
  const unknown = typeof part.unk_token === 'string' ? vocabulary.id(part.unk_token) : undefined;
  const prefix = String(part.continuing_subword_prefix ?? '');
  const suffix = String(part.end_of_word_suffix ?? '');
  const plain = prefix === '' && suffix === '';
  return (text) => {
    const word: Word = { ids: [], ends: [] };
    const add = (id: number, end: number) => {
      word.ids.push(id);
      word.ends.push(end);
    };
    let pending = -1;
    let at = 0;
    for (const character of text) {
      const end = at + character.length;
      const symbol = plain ? character : (at === 0 ? '' : prefix) + character + (end === text.length ? suffix : '');
      const id = vocabulary.id(symbol);
      const bytes = id === undefined && byte_fallback === true ? vocabulary.bytes(symbol) : undefined;
      if (id !== undefined) {
        if (pending >= 0) add(unknown!, pending);
        pending = -1;
        add(id, end);
      } else if (bytes) for (const byte of bytes) add(byte, end);
      else if (unknown !== undefined) {
        if (pending >= 0 && fuse_unk !== true) add(unknown, pending);
        pending = end;
      }
      at = end;
    }
    if (pending >= 0) add(unknown!, pending);
    return word;
  };
}

/** Ranks of merges, by the ids of the two tokens; a queue of the merges that a word allows. */
class Merges {
  private readonly ranks: PairTable;
  private readonly results: Int32Array;
  private readonly queue = new MinHeap();
  /** The neighbours of each symbol of the word at hand. */
  private next = new Int32Array(64);
  private previous = new Int32Array(64);

  constructor(vocabulary: Vocabulary, part: Part) {
    const merges = (part.merges ?? []) as (string | [string, string])[];
    const skip = String(part.continuing_subword_prefix ?? '').length;
    this.ranks = new PairTable(merges.length);
    this.results = new Int32Array(merges.length);
    merges.forEach((merge, rank) => {
      const [a, b] = typeof merge === 'string' ? merge.split(' ') : merge;
      const [first, second] = [vocabulary.id(a!), vocabulary.id(b!)];
      const result = vocabulary.id(a! + b!.slice(skip));
      if (first === undefined || second === undefined || result === undefined)
        throw new Error(`the merge ${JSON.stringify(merge)} is not of tokens of the vocabulary`);
      this.ranks.set(first, second, rank);
      this.results[rank] = result;
    });
  }

  apply({ ids, ends }: Word): Word {
    const count = ids.length;
    if (count < 2) return { ids, ends };
    if (this.next.length < count) {
      this.next = new Int32Array(2 * count);
      this.previous = new Int32Array(2 * count);
    }
    const { queue, ranks, results, next, previous } = this;
    for (let i = 0; i < count; i++) {
      next[i] = i + 1 < count ? i + 1 : -1;
      previous[i] = i - 1;
    }
    const offer = (left: number) => {
      const right = next[left]!;
      const rank = right < 0 ? -1 : ranks.get(ids[left]!, ids[right]!);
      if (rank >= 0) queue.push(rank * positions + left);
    };
    for (let i = 0; i + 1 < count; i++) offer(i);
    for (let key = queue.pop(); key >= 0; key = queue.pop()) {
      const rank = Math.floor(key / positions);
      const left = key - rank * positions;
      const right = next[left]!;
      // The pair may be gone since, as a part of a later merge.
      if (ids[left] === -1 || right < 0 || ranks.get(ids[left]!, ids[right]!) !== rank) continue;
      ids[left] = results[rank]!;
      ends[left] = ends[right]!;
      ids[right] = -1;
      const after = next[right]!;
      next[left] = after;
      if (after >= 0) previous[after] = left;
      if (previous[left]! >= 0) offer(previous[left]!);
      offer(left);
    }
    let kept = 0;
    for (let at = 0; at >= 0; at = next[at]!, kept++) {
      ids[kept] = ids[at]!;
      ends[kept] = ends[at]!;
    }
    ids.length = kept;
    ends.length = kept;
    return { ids, ends };
  }
}

/** Rank and position in one number: 2²⁶ positions, and as many ranks below 2⁵³. */
const positions = 2 ** 26;

/** Least number first; −1 when it is empty. */
class MinHeap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (items[above]! <= item) break;
      items[at] = items[above]!;
      at = above;
    }
    items[at] = item;
  }

  pop(): number {
    const { items } = this;
    if (items.length === 0) return -1;
    const least = items[0]!;
    const item = items.pop()!;
    const count = items.length;
    if (count === 0) return least;
    let at = 0;
    for (let child = 1; child < count; child = 2 * at + 1) {
      if (child + 1 < count && items[child + 1]! < items[child]!) child++;
      if (items[child]! >= item) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = item;
    return least;
  }
}

/** Unigram (Kudo 2018): of all ways to cut a word into tokens, the one of the greatest sum of scores. */
import type { Part, WordModel } from './definition.ts';
import { PairTable } from './pair-table.ts';
import { Vocabulary, wordModel } from './vocabulary.ts';

/** An unknown character scores this much less than the worst token. */
const penalty = 10;

/** Throws an Error when a character is unknown and there is no unknown token. */
export function unigram(part: Part): WordModel {
  const entries = part.vocab as [string, number][];
  const vocabulary = new Vocabulary(entries.map(([token], id) => [token, id]));
  const unknown = typeof part.unk_id === 'number' ? part.unk_id : undefined;
  const scores = entries.map(([, score]) => score);
  const worst = scores.reduce((least, score) => Math.min(least, score), 0) - penalty;
  const trie = new Trie(vocabulary);
  const demanded = (): number => {
    if (unknown === undefined) throw new Error('a character is unknown, and the tokenizer has no unknown token');
    return unknown;
  };

  /** Viterbi: for each end, where the best last token begins, and which it is. */
  const cut = (text: string): number[] => {
    const best = new Float64Array(text.length + 1);
    const begins = new Int32Array(text.length + 1).fill(-1);
    const tokens = new Int32Array(text.length + 1);
    const offer = (from: number, to: number, score: number, token: number) => {
      if (begins[to] !== -1 && best[from]! + score <= best[to]!) return;
      best[to] = best[from]! + score;
      begins[to] = from;
      tokens[to] = token;
    };
    for (let at = 0, step = 1; at < text.length; at += step) {
      step = text.codePointAt(at)! > 0xffff ? 2 : 1;
      let single = false;
      trie.prefixes(text, at, (token, end) => {
        offer(at, end, scores[token]!, token);
        single ||= end === at + step;
      });
      if (!single) offer(at, at + step, worst, demanded());
    }
    const ends: number[] = [];
    let inUnknown = false;
    for (let end = text.length; end > 0; end = begins[end]!) {
      // Unknown characters in a row are one token.
      const isUnknown = tokens[end] === unknown;
      if (!(isUnknown && inUnknown)) ends.push(end);
      inUnknown = isUnknown;
    }
    return ends.reverse();
  };

  return wordModel(vocabulary, (text) => {
    const word = { ids: [] as number[], ends: [] as number[] };
    let from = 0;
    for (const end of cut(text)) {
      const token = text.slice(from, end);
      const id = vocabulary.id(token);
      const bytes = id === undefined && part.byte_fallback === true ? vocabulary.bytes(token) : undefined;
      for (const each of bytes ?? [id ?? demanded()]) {
        word.ids.push(each);
        word.ends.push(end);
      }
      from = end;
    }
    return word;
  });
}

/** All tokens by their code units. */
class Trie {
  private readonly children: PairTable;
  /** By node: the token that ends there, or −1. */
  private readonly tokens: number[] = [-1];

  constructor({ ids }: Vocabulary) {
    this.children = new PairTable(ids.size * 4);
    for (const [text, id] of ids) {
      let node = 0;
      for (let i = 0; i < text.length; i++) {
        let child = this.children.get(node, text.charCodeAt(i));
        if (child < 0) {
          child = this.tokens.push(-1) - 1;
          this.children.set(node, text.charCodeAt(i), child);
        }
        node = child;
      }
      if (node > 0) this.tokens[node] = id;
    }
  }

  /** Every token that `text` goes on with at `at`, the shortest first. */
  prefixes(text: string, at: number, found: (token: number, end: number) => void): void {
    let node = 0;
    for (let i = at; i < text.length; i++) {
      node = this.children.get(node, text.charCodeAt(i));
      if (node < 0) return;
      if (this.tokens[node]! >= 0) found(this.tokens[node]!, i + 1);
    }
  }
}

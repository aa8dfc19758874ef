/** What each token says: the text that it adds to those before it. */
import type { Tokenizer } from './tokenizer.ts';

/** Tokens that are decoded together with the next one, so that spaces and joined words come out as in the whole. */
const context = 8;
const incomplete = '\uFFFD';

/**
 * One text per token: of special tokens their names, of a character that several tokens make up the whole with the last of them and
 * nothing with the others.
 */
export function pieces(tokenizer: Pick<Tokenizer, 'decode' | 'special'>, ids: ArrayLike<number>): string[] {
  const texts: string[] = [];
  /** From where on tokens are decoded together, and from where on they have said nothing yet. */
  let start = 0;
  let waiting = 0;
  for (let i = 0; i < ids.length; i++) {
    const special = tokenizer.special(ids[i]!);
    if (special !== undefined) {
      texts.push(special);
      start = waiting = i + 1;
      continue;
    }
    const run = (to: number) => Array.prototype.slice.call(ids, start, to) as number[];
    const before = tokenizer.decode(run(waiting));
    const now = tokenizer.decode(run(i + 1));
    if (now.endsWith(incomplete) && i + 1 < ids.length) texts.push('');
    else {
      texts.push(now.startsWith(before) ? now.slice(before.length) : tokenizer.decode([ids[i]!]));
      waiting = i + 1;
      start = Math.max(start, waiting - context);
    }
  }
  return texts;
}

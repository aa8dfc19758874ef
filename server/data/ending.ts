import type { RowContext } from './row.ts';
import type { Tokenizer } from './tokenizer.ts';

/** `ids` with the end token last, which some tokenizers add by themselves; as they are where there is none. */
export const withEnd = (ids: number[], { eosId }: Pick<Tokenizer, 'eosId'>): number[] =>
  eosId === undefined || ids.at(-1) === eosId ? ids : [...ids, eosId];

/** The same; rows of a tokenizer without one are counted. */
export function ended(ids: number[], context: RowContext): number[] {
  const tokenizer = context.tokenizer();
  if (tokenizer.eosId === undefined) context.count('no-end-token');
  return withEnd(ids, tokenizer);
}

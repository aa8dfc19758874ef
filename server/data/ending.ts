import type { RowContext } from './row.ts';

/** `ids` with the end token last, which some tokenizers add by themselves. */
export function ended(ids: number[], context: RowContext): number[] {
  const { eosId } = context.tokenizer();
  if (eosId === undefined) context.count('no-end-token');
  return eosId === undefined || ids.at(-1) === eosId ? ids : [...ids, eosId];
}

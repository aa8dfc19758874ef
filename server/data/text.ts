import { ended } from './ending.ts';
import type { RowEncoder } from './row.ts';
import { nothing } from './types.ts';

/** Plain text for a causal model: every token is learnt, the end token last. What exceeds max_length is cut. */
export const encodeText: RowEncoder = (row, context) => {
  const tokenizer = context.tokenizer();
  const plain = tokenizer.encode(row.text('text'));
  if (plain.length === 0) return nothing;
  const ids = ended(tokenizer.frame(plain).ids, context);
  if (ids.length > context.maxLength) context.count('rows-truncated');
  const kept = Int32Array.from(ids.slice(0, context.maxLength));
  return { ids: kept, labels: kept.slice() };
};

import { RankwiseError } from '../base/errors.ts';
import type { RowEncoder } from './row.ts';
import { nothing } from './types.ts';

/**
 * Text (or a pair of texts) and its class. Texts are cut before the special tokens are put around them, of a pair the longer
 * one first (`longest_first` of transformers).
 */
export const encodeTextLabel: RowEncoder = (row, context) => {
  const tokenizer = context.tokenizer();
  let first = tokenizer.encode(row.text('text'));
  let second = row.has('text_pair') ? tokenizer.encode(row.text('text_pair')) : undefined;
  const labels = context.labels.of(row, 'label');
  if (first.length === 0 && !second?.length) return nothing;
  const room = context.maxLength - tokenizer.overhead(second !== undefined);
  if (room < 1)
    throw new RankwiseError('max-length-too-small', `max_length ${context.maxLength} leaves no room for text.`, {
      field: 'data.max_length',
    });
  const excess = first.length + (second?.length ?? 0) - room;
  if (excess > 0) {
    context.count('rows-truncated');
    const [a, b] = shorten(first.length, second?.length ?? 0, excess);
    first = first.slice(0, a);
    second = second?.slice(0, b);
  }
  const { ids, typeIds } = tokenizer.frame(first, second);
  return {
    ids: Int32Array.from(ids),
    ...(typeIds.some((id) => id !== 0) && { typeIds: Int32Array.from(typeIds) }),
    labels,
  };
};

/** Lengths after taking `excess` tokens one by one from the longer side, from the second when equal. */
function shorten(a: number, b: number, excess: number): [number, number] {
  for (let i = 0; i < excess; i++) {
    if (a > b) a--;
    else b--;
  }
  return [a, b];
}

import { renderMessages, renderTurns } from '../chat/rendered-row.ts';
import type { Rendered } from '../chat/template.ts';
import type { Fields } from '../datafiles/fields.ts';
import type { RowContext, RowEncoder } from './row.ts';
import { type Example, ignored, nothing } from './types.ts';

/** A conversation for a causal model, as the chat template writes it: loss on the answers of the assistant and on what ends them. */
export const encodeMessages: RowEncoder = (row, context) => labelled(renderMessages(row, context.chat), context);

/** Prompt and completion of which one is messages at least: loss on the answers of the completion. */
export const encodeTurns = (row: Fields, context: RowContext): Example =>
  labelled(renderTurns(row, context.chat), context);

/** Tokens that a span covers, in whole or in part, have a label. The template has the special tokens in it already. */
function labelled(whole: Rendered | undefined, { tokenizer, maxLength, count }: RowContext): Example {
  if (!whole) return nothing;
  const { text, spans } = whole;
  const places = spans.flatMap(([from, to]) => [from, to - 1, to]);
  const { ids, tokens } = tokenizer().locate(text, places);
  const labels = new Int32Array(ids.length).fill(ignored);
  spans.forEach((_, i) => {
    const [from, last, after] = tokens.slice(3 * i, 3 * i + 3) as [number, number, number];
    for (let at = from; at < Math.max(last + 1, after); at++) labels[at] = ids[at]!;
  });
  if (ids.length > maxLength) count('rows-truncated');
  return { ids: Int32Array.from(ids).slice(0, maxLength), labels: labels.slice(0, maxLength) };
}

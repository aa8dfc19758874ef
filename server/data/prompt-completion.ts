import { sharedStart } from '../base/shared-start.ts';
import { hasTurns } from '../datafiles/fields.ts';
import { ended } from './ending.ts';
import { encodeTurns } from './messages.ts';
import type { RowContext, RowEncoder } from './row.ts';
import { type Example, ignored, nothing } from './types.ts';

/** Prompt and completion for a causal model, as texts or as messages. */
export const encodePromptCompletion: RowEncoder = (row, context) =>
  hasTurns(row) ? encodeTurns(row, context) : completed(row.text('prompt'), row.text('completion'), context);

/**
 * Loss on the completion and the end token only.
 * Both are tokenized together, because some tokenizers merge across the border or put a space before a text of its own; the
 * completion starts where the tokens leave those of the prompt alone, as in TRL.
 */
export function completed(prompt: string, completion: string, context: RowContext): Example {
  const tokenizer = context.tokenizer();
  if (completion === '') return nothing;
  const alone = tokenizer.encode(prompt);
  const together = tokenizer.encode(prompt + completion);
  const shared = sharedStart(alone, together);
  if (shared < alone.length) context.count('boundary-merged');
  return cut(ended(tokenizer.frame(together).ids, context), tokenizer.before, tokenizer.before + shared, context);
}

/**
 * Cut on the right; where that would leave nothing of the completion (ids from `start` on), the prompt is cut on the left
 * instead, its special tokens (the first `before` ids) kept.
 */
function cut(ids: number[], before: number, start: number, { maxLength, count }: RowContext): Example {
  let kept = ids.slice(0, maxLength);
  let from = start;
  if (ids.length > maxLength) count('rows-truncated');
  if (start >= maxLength) {
    const completion = ids.slice(start, start + Math.max(1, maxLength - before - 1));
    const room = Math.max(0, maxLength - before - completion.length);
    kept = [...ids.slice(0, before), ...ids.slice(start - room, start), ...completion];
    from = kept.length - completion.length;
  }
  const labels = Int32Array.from(kept);
  labels.fill(ignored, 0, from);
  return { ids: Int32Array.from(kept), labels };
}

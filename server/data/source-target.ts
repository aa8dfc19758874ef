import { ended } from './ending.ts';
import type { RowContext, RowEncoder } from './row.ts';
import { nothing } from './types.ts';

/** A text and what a model with a decoder of its own writes for it, each tokenized and framed by itself; both are cut on the right, before their end. */
export const encodeSourceTarget: RowEncoder = (row, context) => {
  const [source, target] = [row.text('prompt'), row.text('completion')];
  if (source === '' || target === '') return nothing;
  const [ids, labels] = [framed(source, context), framed(target, context)];
  if (ids.cut || labels.cut) context.count('rows-truncated');
  return { ids: ids.ids, labels: labels.ids };
};

function framed(text: string, context: RowContext): { ids: Int32Array; cut: boolean } {
  const tokenizer = context.tokenizer();
  const plain = tokenizer.encode(text);
  const whole = ended(tokenizer.frame(plain).ids, context);
  const excess = Math.max(0, whole.length - context.maxLength);
  if (excess === 0) return { ids: Int32Array.from(whole), cut: false };
  const kept = ended(tokenizer.frame(plain.slice(0, Math.max(0, plain.length - excess))).ids, context);
  return { ids: Int32Array.from(kept.slice(0, context.maxLength)), cut: true };
}

import type { Fields } from '../datafiles/fields.ts';
import { place } from '../datafiles/place.ts';
import type { FoundTemplate } from './chat/load.ts';
import { type Message, messagesOf } from './chat/messages.ts';
import { refused } from './chat/prompt.ts';
import type { Rendered } from './chat/template.ts';
import type { RowContext, RowEncoder } from './row.ts';
import { sharedStart } from './shared-start.ts';
import { type Example, ignored, nothing } from './types.ts';

/** A conversation for a causal model, as the chat template writes it: loss on the answers of the assistant and on what ends them. */
export const encodeMessages: RowEncoder = (row, context) => {
  const messages = messagesOf(row, 'messages');
  if (messages.length === 0) return nothing;
  return labelled(
    rendered(row, context, ({ template }) => template.answers(messages)),
    context,
  );
};

/** Prompt and completion of which one is messages at least: loss on the answers of the completion. */
export function encodeTurns(row: Fields, context: RowContext): Example {
  const turns = (name: string, role: string): Message[] => {
    const value = row.value(name);
    return typeof value === 'string' ? [{ role, content: value }] : messagesOf(row, name);
  };
  const [prompt, completion] = [turns('prompt', 'user'), turns('completion', 'assistant')];
  if (completion.length === 0) return nothing;
  const whole = rendered(row, context, ({ template }) => {
    const { text, spans } = template.answers([...prompt, ...completion]);
    const shared = sharedStart(template.render(prompt, true), text);
    return { text, spans: spans.filter(([, to]) => to > shared) };
  });
  return labelled(whole, context);
}

function rendered(row: Fields, context: RowContext, render: (found: FoundTemplate) => Rendered): Rendered {
  const found = context.chat();
  try {
    return render(found);
  } catch (error) {
    throw refused(found.from, place(row.row), error as Error, row.row.file);
  }
}

/** Tokens that a span covers, in whole or in part, have a label. The template has the special tokens in it already. */
function labelled({ text, spans }: Rendered, { tokenizer, maxLength, count }: RowContext): Example {
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

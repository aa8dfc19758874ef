/** Rows that hold conversations, as a chat template writes them. */
import { sharedStart } from '../base/shared-start.ts';
import type { Fields } from '../datafiles/fields.ts';
import { place } from '../datafiles/place.ts';
import type { FoundTemplate } from './load.ts';
import { type Message, messagesOf } from './messages.ts';
import { refused } from './prompt.ts';
import type { Rendered } from './template.ts';

/**
 * A conversation, with the answers of the assistant; undefined for one of no messages. `chat` is asked for what has messages alone. Throws
 * `wrong-type`, `missing-column`, `chat-template-refused`, and what `chat` throws.
 */
export function renderMessages(row: Fields, chat: () => FoundTemplate): Rendered | undefined {
  const messages = messagesOf(row, 'messages');
  return messages.length === 0 ? undefined : rendered(row, chat, ({ template }) => template.answers(messages));
}

/** Prompt and completion of which one is messages at least: the answers of the completion. */
export function renderTurns(row: Fields, chat: () => FoundTemplate): Rendered | undefined {
  const turns = (name: string, role: string): Message[] => {
    const value = row.value(name);
    return typeof value === 'string' ? [{ role, content: value }] : messagesOf(row, name);
  };
  const [prompt, completion] = [turns('prompt', 'user'), turns('completion', 'assistant')];
  if (completion.length === 0) return undefined;
  return rendered(row, chat, ({ template }) => {
    const { text, spans } = template.answers([...prompt, ...completion]);
    const shared = sharedStart(template.render(prompt, true), text);
    return { text, spans: spans.filter(([, to]) => to > shared) };
  });
}

function rendered(row: Fields, chat: () => FoundTemplate, render: (found: FoundTemplate) => Rendered): Rendered {
  const found = chat();
  try {
    return render(found);
  } catch (error) {
    throw refused(found.from, place(row.row), error as Error, row.row.file);
  }
}

/** Conversations as data has them: OpenAI's `{role, content}`, and ShareGPT's `{from, value}`. */
import type { Fields } from '../datafiles/fields.ts';

export interface Message {
  role: string;
  content: string;
  /** Whatever else a template may look at: `name`, `tool_calls`, … */
  [field: string]: unknown;
}

const roles: Readonly<Record<string, string>> = {
  human: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
  model: 'assistant',
};

/** The messages of a row. Throws `wrong-type` with the place. */
export function messagesOf(row: Fields, role: string): Message[] {
  return row.list(role, 'a list of messages').map((given) => {
    const message = messageOf(given);
    if (!message) throw row.wrong(role, 'a list of {role, content} or {from, value}', given);
    return message;
  });
}

function messageOf(given: unknown): Message | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { from, value, ...rest } = given as Record<string, unknown>;
  const role = rest.role ?? from;
  const content = textOf(rest.role === undefined ? value : rest.content);
  if (typeof role !== 'string' || content === undefined) return undefined;
  return { ...(rest.role === undefined ? {} : rest), role: roles[role] ?? role, content };
}

/** Text, or a list of parts that are all text; nothing counts as empty, as beside a call of a tool. */
function textOf(content: unknown): string | undefined {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const parts = content.map((part: { type?: unknown; text?: unknown } | null) => part?.text);
  return parts.every((part): part is string => typeof part === 'string') ? parts.join('') : undefined;
}

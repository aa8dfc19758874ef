/**
 * What a chat template makes of the first rows and of prompts: a bundle of its own, loaded with the first conversation, since it has an
 * interpreter of templates in it. Faults come back as data: its classes are not those of whoever loaded it.
 */
import { setImmediate as pause } from 'node:timers/promises';
import { type ErrorData, errorData } from '../../base/errors.ts';
import { Fields, hasTurns } from '../../datafiles/fields.ts';
import type { Row } from '../../datafiles/types.ts';
import type { ChatFacts } from '../facts.ts';
import { type FoundTemplate, loadChatTemplate } from '../load.ts';
import { chatPrompt } from '../prompt.ts';
import { renderMessages, renderTurns } from '../rendered-row.ts';

export interface JudgedRows {
  layout: 'messages' | 'prompt-completion';
  /** Role -> column. */
  columns: Record<string, string>;
  rows: readonly Row[];
}

export interface ChatQuestion {
  /** The model's. */
  folder: string;
  /** Its special tokens by name. */
  named: Record<string, string>;
  /** As `data.chat_template`: a name, or the absolute path of a file. */
  template?: string;
  rows: { train?: JudgedRows; validation?: JudgedRows };
  /** Of samples that are chats. */
  prompts: readonly string[];
}

export async function judgeChat({ folder, named, template, rows, prompts }: ChatQuestion): Promise<ChatFacts> {
  const facts: ChatFacts = {};
  let found: FoundTemplate | undefined;
  /** Asked for by what is a conversation. */
  const chat = (): FoundTemplate => {
    try {
      found ??= loadChatTemplate(folder, { named }, template);
      return found;
    } catch (error) {
      facts.template = errorData(error);
      throw error;
    }
  };
  for (const split of ['train', 'validation'] as const) {
    const fault = rows[split] && (await rowsFault(rows[split], chat));
    if (facts.template) return { template: facts.template };
    if (fault) facts[split] = fault;
  }
  for (const [index, prompt] of prompts.entries())
    try {
      chatPrompt(chat(), prompt);
    } catch (error) {
      if (facts.template) return { template: facts.template };
      facts.prompt = { index, error: errorData(error) };
      break;
    }
  return facts;
}

async function rowsFault(
  { layout, columns, rows }: JudgedRows,
  chat: () => FoundTemplate,
): Promise<ErrorData | undefined> {
  for (const row of rows) {
    const fields = new Fields(row, columns);
    try {
      if (layout === 'messages') renderMessages(fields, chat);
      else if (hasTurns(fields)) renderTurns(fields, chat);
    } catch (error) {
      return errorData(error);
    }
    // A long conversation takes a millisecond or two.
    await pause();
  }
  return undefined;
}

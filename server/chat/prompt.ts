/** A prompt of a person as the model was taught to see it. */
import { RankwiseError } from '../base/errors.ts';
import type { FoundTemplate } from './load.ts';
import type { Message } from './messages.ts';

/**
 * The text that a model continues with its answer: a single prompt or a whole conversation, which ends with the user's turn. It has
 * its special tokens already: encode it without adding more (`tokenizer.encode`, not `frame`). Throws `chat-template-refused`.
 */
export function chatPrompt({ template, from }: FoundTemplate, prompt: string | Message[], system?: string): string {
  const turns = typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
  try {
    return template.render(system === undefined ? turns : [{ role: 'system', content: system }, ...turns], true);
  } catch (error) {
    throw refused(from, 'the prompt', error as Error);
  }
}

/** `place` is the row's, or what else was rendered. */
export const refused = (from: string, place: string, { message }: Error, file?: string): RankwiseError =>
  new RankwiseError(
    'chat-template-refused',
    `${place}: the chat template (${from}) refuses the conversation: ${message}`,
    {
      ...(file && { file }),
      field: 'data.chat_template',
      hint: 'Correct the row as the template asks, or name another template with data.chat_template.',
    },
  );

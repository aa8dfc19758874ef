/** A prompt as the model reads it: as it stands, or as a user's message in the model's chat template. */

import { RankwiseError } from '../../base/errors.ts';
import { loadChatTemplate } from '../../chat/load.ts';
import { chatPrompt } from '../../chat/prompt.ts';
import { withEnd } from '../../data/ending.ts';
import type { Tokenizer } from '../../data/tokenizer.ts';
import type { ChatSettings } from '../../protocol/generation.ts';
import { promptIds } from '../../training/generate.ts';

export interface PromptReader {
  /** Throws `empty-prompt` of a source, `chat-template-missing`, `bad-chat-template`, and what a template says of the conversation. */
  ids(prompt: string, chat?: ChatSettings): number[];
  /** The model says how it wants to be talked to. */
  hasChat: boolean;
}

/** `source`: the prompt is no beginning of the text, but what a decoder of its own writes it for. */
export function promptReader(folder: string, tokenizer: Tokenizer, source = false): PromptReader {
  return {
    ids(prompt, chat) {
      if (!chat) return source ? sourceIds(tokenizer, prompt) : promptIds(tokenizer, prompt);
      // The template writes the special tokens itself.
      const found = loadChatTemplate(folder, tokenizer, chat.template);
      return tokenizer.encode(chatPrompt(found, prompt, chat.system));
    },
    hasChat: !source && hasTemplate(folder, tokenizer),
  };
}

/** Whole, its end token included, as the encoder reads it in training. Throws `empty-prompt`. */
function sourceIds(tokenizer: Tokenizer, prompt: string): number[] {
  const plain = tokenizer.encode(prompt);
  if (plain.length === 0)
    throw new RankwiseError('empty-prompt', 'The prompt has no tokens.', {
      field: 'prompt',
      hint: 'Give at least one word.',
    });
  return withEnd(tokenizer.frame(plain).ids, tokenizer);
}

function hasTemplate(folder: string, tokenizer: Tokenizer): boolean {
  try {
    loadChatTemplate(folder, tokenizer);
    return true;
  } catch {
    // Missing, or broken: whoever asks for it hears which.
    return false;
  }
}

/** A prompt as the model reads it: as it stands, or as a user's message in the model's chat template. */
import { loadChatTemplate } from '../../data/chat/load.ts';
import { chatPrompt } from '../../data/chat/prompt.ts';
import type { Tokenizer } from '../../data/tokenizer.ts';
import type { ChatSettings } from '../../protocol/generation.ts';
import { promptIds } from '../../training/generate.ts';

export interface PromptReader {
  /** Throws `chat-template-missing`, `bad-chat-template`, and what a template says of the conversation. */
  ids(prompt: string, chat?: ChatSettings): number[];
  /** The model says how it wants to be talked to. */
  hasChat: boolean;
}

export function promptReader(folder: string, tokenizer: Tokenizer): PromptReader {
  return {
    ids(prompt, chat) {
      if (!chat) return promptIds(tokenizer, prompt);
      // The template writes the special tokens itself.
      return tokenizer.encode(chatPrompt(loadChatTemplate(folder, tokenizer, chat.template), prompt, chat.system));
    },
    hasChat: hasTemplate(folder, tokenizer),
  };
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

import type { ErrorData } from '../base/errors.ts';

/** What is wrong with a recipe's conversations under its chat template: the first fault of each. */
export interface ChatFacts {
  /** The template itself: `chat-template-missing`, `bad-chat-template`. */
  template?: ErrorData;
  /** A row of the split: `chat-template-refused`, `wrong-type`, `missing-column`. */
  train?: ErrorData;
  validation?: ErrorData;
  /** A prompt of samples. */
  prompt?: { index: number; error: ErrorData };
}

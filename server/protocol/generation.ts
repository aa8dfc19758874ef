/** What generation is asked for and how a text ended: the job `generate`, and the session behind the playground. */

import type { ErrorData } from '../base/errors.ts';

export interface GenerationSettings {
  maxNewTokens: number;
  /** 0: always the likeliest token. */
  temperature: number;
  /** Only the k likeliest tokens; 0: all. */
  topK: number;
  /** Only the fewest likeliest tokens that have this probability together; 1: all. */
  topP: number;
  /** 1: none. */
  repetitionPenalty: number;
  /** The text ends before the first of these. */
  stop: string[];
  seed: number;
  /** The prompt is a user's message; absent: it is gone on from as it stands. */
  chat?: ChatSettings;
}

/** How a prompt becomes a conversation. */
export interface ChatSettings {
  /** A name or a file, as `data.chat_template`; absent: the model's own. */
  template?: string;
  system?: string;
}

export interface Ending {
  /** `end`: the end token; `stop`: a stop string; `length`: enough tokens; `stopped`: cancelled. */
  reason: 'end' | 'stop' | 'length' | 'stopped';
  promptTokens: number;
  /** New ones. */
  tokens: number;
  /** Until the first token, and altogether. */
  promptSeconds: number;
  seconds: number;
}

export interface Generated extends Ending {
  prompt: string;
  text: string;
}

/** What writes: a model folder or hub id, and the adapter folder on it. */
export interface WriterSource {
  model: string;
  adapter?: string;
}

/** Which weights of the adapted side's change there are; or why it is on or off. Neither: there is no adapted side. */
export interface WeighingInfo {
  from?: number;
  to?: number;
  reason?: string;
}

/** The job `playground`: models that stay loaded and answer as often as they are asked. */
export interface PlaygroundParams {
  base: WriterSource;
  adapted?: WriterSource;
}

export type PlaygroundSide = 'base' | 'adapted';

export type PlaygroundAsk =
  /** Writes on each of these sides at once. `id` is the asker's own. `weight`: of the adapted side's change. */
  | {
      type: 'write';
      id: string;
      sides: PlaygroundSide[];
      prompt: string;
      settings: GenerationSettings;
      weight: number;
    }
  | { type: 'stop'; id: string };

export type PlaygroundItem =
  /** Once, before anything else. `device`: what computes. `chat`: the model has a chat template. */
  | { type: 'loaded'; seconds: number; weighing: WeighingInfo; maxLength: number; chat: boolean; device?: string }
  | { type: 'text'; id: string; side: PlaygroundSide; text: string }
  | { type: 'ended'; id: string; side: PlaygroundSide; ending: Ending }
  | { type: 'failed'; id: string; side: PlaygroundSide; error: ErrorData };

/** What generation is asked for and how a text ended: the job `generate`, and the session behind the playground. */

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

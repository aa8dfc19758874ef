/** Messages between the extension host and the playground's webview. */
import type { ErrorData } from '../base/errors.ts';
import type { Ending, GenerationSettings, PlaygroundItem, PlaygroundParams, PlaygroundSide } from './generation.ts';

/** Whose answers are shown. */
export interface PlaygroundAbout extends PlaygroundParams {
  /** For people: "llama", "llama + pirate". */
  title: string;
  /** The run that the adapted side comes from. */
  run?: string;
}

export type ToPlaygroundView =
  /** After `ready`, and whenever it changes: whether the model is in memory. `idle`: it will be loaded with the next prompt. */
  | { type: 'session'; state: 'idle' | 'loading'; reason?: 'unused' }
  /** `loaded` among them: the model is in memory from then on. */
  | { type: 'item'; item: PlaygroundItem }
  /** The session could not begin, or ended with an error; what was being written is cut off. */
  | { type: 'failed'; error: ErrorData };

export type FromPlaygroundView =
  /** `load`: the panel was just opened, by a person. */
  | { type: 'ready'; load: boolean }
  | {
      type: 'generate';
      id: string;
      sides: PlaygroundSide[];
      prompt: string;
      settings: GenerationSettings;
      weight: number;
    }
  | { type: 'stop'; id: string }
  | { type: 'copy'; text: string };

/** One prompt with its answers. */
export interface PlaygroundExchange {
  id: string;
  prompt: string;
  settings: GenerationSettings;
  weight: number;
  answers: Partial<Record<PlaygroundSide, { text: string; ending?: Ending; error?: ErrorData }>>;
}

/** What the webview keeps with `setState`, so that a reload finds its texts again. */
export interface PlaygroundViewState {
  about: PlaygroundAbout;
  view?: { prompt?: string; settings?: Partial<GenerationSettings>; weight?: number; history?: PlaygroundExchange[] };
}

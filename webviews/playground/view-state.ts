/** What the page keeps, and what it makes of what it kept: by another version, or by hand. Pure. */
import type { Ending, GenerationSettings } from '../../server/protocol/generation.ts';
import type { PlaygroundExchange, PlaygroundViewState } from '../../server/protocol/playground-view.ts';

export interface PlaygroundView {
  prompt: string;
  settings: GenerationSettings;
  weight: number;
  /** The newest first. */
  history: PlaygroundExchange[];
}

/** Texts are long and a state is written often. */
export const historyLimit = 30;

export const usualSettings: GenerationSettings = {
  maxNewTokens: 128,
  temperature: 0.7,
  topK: 50,
  topP: 0.95,
  repetitionPenalty: 1,
  stop: [],
  seed: 42,
};

export function restoreView(kept: PlaygroundViewState['view']): PlaygroundView {
  const { prompt = '', settings, weight = 1, history = [] } = kept ?? {};
  return { prompt, settings: { ...usualSettings, ...settings }, weight, history: history.map(cutOff) };
}

export type Answer = NonNullable<PlaygroundExchange['answers']['base']>;

export const isDone = ({ ending, error }: Answer): boolean => ending !== undefined || error !== undefined;

/** Of what was cut off: nobody counted. */
export const cutOffEnding: Ending = { reason: 'stopped', promptTokens: 0, tokens: 0, promptSeconds: 0, seconds: 0 };

/** What had no end when the page went has none any more. */
function cutOff(exchange: PlaygroundExchange): PlaygroundExchange {
  const answers = Object.entries(exchange.answers).map(([side, answer]) => [
    side,
    isDone(answer) ? answer : { text: answer.text, ending: cutOffEnding },
  ]);
  return { ...exchange, answers: Object.fromEntries(answers) };
}

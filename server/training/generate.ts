import { RankwiseError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { Tokenizer } from '../data/tokenizer.ts';
import type { Ending, GenerationSettings } from '../protocol/generation.ts';
import type { Decoder } from './decoder.ts';
import { chooseToken } from './sampling.ts';
import { TokenText } from './token-text.ts';
import type { TrainableModel } from './types.ts';

/** What writes: a model's decoder, the tokenizer that belongs to it, and the tokens that end a text. */
export interface Writer {
  model: Pick<TrainableModel, 'vocabSize' | 'maxLength' | 'decoding'>;
  decoder: Pick<Decoder, 'next'>;
  tokenizer: Pick<Tokenizer, 'encode' | 'frame' | 'before' | 'decode'>;
  ends: ReadonlySet<number>;
}

/** The ids of a prompt as a model reads it: with the special tokens that stand before a text, without those behind it. */
export function promptIds(tokenizer: Writer['tokenizer'], prompt: string): number[] {
  const plain = tokenizer.encode(prompt);
  return tokenizer.frame(plain).ids.slice(0, tokenizer.before + plain.length);
}

/** The likeliest token each time: what differs between two texts comes of the model alone. */
export const greedy: Omit<GenerationSettings, 'maxNewTokens'> = {
  temperature: 0,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  stop: [],
  seed: 0,
};

/**
 * Continues a prompt token by token and tells the text as it becomes certain; gives the whole of it, why it ended, and when. Throws `empty-prompt`,
 * `prompt-too-long`, `token-out-of-range`.
 */
export async function writeText(
  { model, decoder, tokenizer, ends }: Writer,
  prompt: readonly number[],
  { maxNewTokens, seed, stop, ...sampling }: GenerationSettings,
  { tell = () => {}, signal }: { tell?: (part: string) => void; signal: AbortSignal },
): Promise<{ text: string; ending: Ending }> {
  checkPrompt(prompt, model);
  const began = performance.now();
  const random = Random.seeded(seed, 'generate');
  const texts = new TokenText(tokenizer, prompt, stop);
  let text = '';
  const add = (part: string) => {
    if (part === '') return;
    text += part;
    tell(part);
  };
  const ids = [...prompt];
  let first = 0;
  let reason: Ending['reason'] = 'length';
  const end = Math.min(prompt.length + maxNewTokens, longestText(model));
  while (ids.length < end) {
    if (signal.aborted) {
      reason = 'stopped';
      break;
    }
    const next = chooseToken(decoder.next(ids), ids, sampling, random);
    if (first === 0) first = performance.now();
    if (ends.has(next)) {
      reason = 'end';
      break;
    }
    ids.push(next);
    add(texts.add(next));
    if (texts.stopped) {
      reason = 'stop';
      break;
    }
    // So that `cancel` is heard.
    await new Promise(setImmediate);
  }
  add(texts.end());
  if (texts.stopped) reason = 'stop';
  const tokens = ids.length - prompt.length;
  const done = performance.now();
  const promptSeconds = first === 0 ? 0 : (first - began) / 1000;
  const seconds = (done - began) / 1000;
  return { text, ending: { reason, promptTokens: prompt.length, tokens, promptSeconds, seconds } };
}

/** Tokens of the longest text that a model was made for: dynamic NTK stretches its positions. */
export const longestText = ({ maxLength, decoding }: Pick<TrainableModel, 'maxLength' | 'decoding'>): number =>
  Math.max(
    maxLength,
    ...(decoding?.shape.ropes ?? []).map(({ rope }) => (rope.type === 'dynamic' ? rope.factor * rope.maxPositions : 0)),
  );

/** Throws `empty-prompt`, `prompt-too-long`, `token-out-of-range`. */
export function checkPrompt(ids: readonly number[], model: Writer['model']): void {
  const { vocabSize } = model;
  const maxLength = longestText(model);
  const fault = (code: string, message: string, hint: string) =>
    new RankwiseError(code, message, { field: 'prompt', hint });
  if (ids.length === 0) throw fault('empty-prompt', 'The prompt has no tokens.', 'Give at least one word.');
  if (ids.length >= maxLength)
    throw fault('prompt-too-long', `The prompt has ${ids.length} tokens; the model takes ${maxLength}.`, 'Shorten it.');
  demandTokens(ids, vocabSize);
}

/** An id out of range would read foreign memory. Throws `token-out-of-range`. */
export function demandTokens(ids: readonly number[], vocabSize: number): void {
  if (ids.every((id) => id < vocabSize)) return;
  throw new RankwiseError('token-out-of-range', `The prompt has tokens beyond the ${vocabSize} that the model knows.`, {
    field: 'prompt',
    hint: 'The tokenizer in the model folder belongs to another model, or has tokens that were added to it alone: take that of the model.',
  });
}

/** What the playground says in words. Pure. */
import { count } from '../../server/base/units.ts';
import type { Ending, GenerationSettings } from '../../server/protocol/generation.ts';

const reasons: Record<Ending['reason'], string> = {
  end: 'end token',
  stop: 'stop text',
  length: 'token limit',
  stopped: 'stopped',
};

/** "42 tokens · 31.5 tokens/s · end token": the rate is that after the first token. */
export function endingText({ reason, tokens, seconds, promptSeconds }: Ending): string {
  const rate = tokens > 1 && seconds > promptSeconds ? (tokens - 1) / (seconds - promptSeconds) : undefined;
  return [
    ...(tokens > 0 ? [`${count(tokens)} ${tokens === 1 ? 'token' : 'tokens'}`] : []),
    ...(rate === undefined ? [] : [`${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)} tokens/s`]),
    reasons[reason],
  ].join(' · ');
}

/** "temperature 0.7 · top-k 50 · seed 42": what is off is left out. */
export function settingsText({ temperature, topK, topP, repetitionPenalty, stop, seed }: GenerationSettings): string {
  const sampled = temperature > 0;
  return [
    sampled ? `temperature ${temperature}` : 'greedy',
    ...(sampled && topK > 0 ? [`top-k ${topK}`] : []),
    ...(sampled && topP < 1 ? [`top-p ${topP}`] : []),
    ...(repetitionPenalty === 1 ? [] : [`repetition penalty ${repetitionPenalty}`]),
    ...(stop.length > 0 ? [`stop at ${stop.map((text) => JSON.stringify(text)).join(', ')}`] : []),
    ...(sampled ? [`seed ${seed}`] : []),
  ].join(' · ');
}

/** A stop text a line; `\n` and `\t` in it stand for what they stand for elsewhere. */
export const stopsOf = (lines: string): string[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replaceAll('\\n', '\n').replaceAll('\\t', '\t'));

export const stopLines = (stops: readonly string[]): string =>
  stops.map((stop) => stop.replaceAll('\n', '\\n').replaceAll('\t', '\\t')).join('\n');

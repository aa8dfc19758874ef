/** How the next token is chosen from logits: order and meaning of transformers' logits processors. Pure. */
import type { Random } from '../base/random.ts';

export interface Sampling {
  /** 0: always the likeliest token. */
  temperature: number;
  /** Only the k likeliest tokens (Fan et al. 2018, https://arxiv.org/abs/1805.04833); 0: all. */
  topK: number;
  /** Only the fewest likeliest tokens whose probabilities sum to p or more (Holtzman et al. 2020, https://arxiv.org/abs/1904.09751); 1: all. */
  topP: number;
  /** Logits of tokens that are in the text are divided by it, negative ones multiplied (Keskar et al. 2019, https://arxiv.org/abs/1909.05858); 1: off. */
  repetitionPenalty: number;
}

/** The token after `ids`. `logits` [vocab] is changed. */
export function chooseToken(logits: Float32Array, ids: readonly number[], sampling: Sampling, random: Random): number {
  const { temperature, repetitionPenalty } = sampling;
  if (repetitionPenalty !== 1)
    for (const id of new Set(ids)) logits[id]! *= logits[id]! < 0 ? repetitionPenalty : 1 / repetitionPenalty;
  const best = likeliest(logits);
  if (temperature === 0) return best;
  // In double precision and below the largest, so that a small temperature overflows nothing.
  const scores = Float64Array.from(logits, (value) => (value - logits[best]!) / temperature);
  keepTopK(scores, sampling.topK);
  keepTopP(scores, sampling.topP);
  const weights = scores.map(Math.exp);
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [id, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return id;
  }
  return best;
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

/** Those that equal the k-th stay, as in transformers. */
function keepTopK(scores: Float64Array, k: number): void {
  if (k === 0 || k >= scores.length) return;
  const least = scores.toSorted().at(-k)!;
  dropBelow(scores, least);
}

function keepTopP(scores: Float64Array, p: number): void {
  if (p >= 1) return;
  const order = Uint32Array.from(scores.keys())
    .filter((id) => scores[id]! > Number.NEGATIVE_INFINITY)
    .sort((a, b) => scores[b]! - scores[a]!);
  const total = order.reduce((sum, id) => sum + Math.exp(scores[id]!), 0);
  let sum = 0;
  for (const [place, id] of order.entries()) {
    // The likeliest one stays, however small p is.
    if (place > 0 && sum >= p * total) scores[id] = Number.NEGATIVE_INFINITY;
    else sum += Math.exp(scores[id]!);
  }
}

function dropBelow(scores: Float64Array, least: number): void {
  for (let i = 0; i < scores.length; i++) if (scores[i]! < least) scores[i] = Number.NEGATIVE_INFINITY;
}

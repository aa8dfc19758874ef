import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { bucketLength } from '../data/batches.ts';
import type { Tokenizer } from '../data/tokenizer.ts';
import type { CompiledStep } from '../engine/types.ts';
import { trainableTensors } from './feed.ts';
import type { TrainableModel } from './types.ts';

export interface GenerateOptions {
  maxNewTokens: number;
  /** 0: always the likeliest token. */
  temperature: number;
  seed: number;
  signal: AbortSignal;
}

/**
 * Continues a prompt token by token until the end token, `maxNewTokens`, the model's length or `signal`, and yields the text as
 * it becomes certain. Throws `empty-prompt`, `prompt-too-long`, `token-out-of-range`. Each token costs a forward pass over the whole text so far, padded to a bucket so that shapes are few.
 * `step` is the model's `logitsStep`, compiled.
 */
export async function* generateText(
  model: TrainableModel,
  step: CompiledStep,
  tokenizer: Tokenizer,
  prompt: string,
  { maxNewTokens, temperature, seed, signal }: GenerateOptions,
): AsyncGenerator<string> {
  const plain = tokenizer.encode(prompt);
  const ids = tokenizer.frame(plain).ids.slice(0, tokenizer.before + plain.length);
  checkPrompt(ids, model);
  const random = Random.seeded(seed, 'generate');
  const trainable = trainableTensors(model.trainable);
  const end = Math.min(ids.length + maxNewTokens, model.maxLength);
  let shown = tokenizer.decode(ids).length;
  try {
    while (ids.length < end && !signal.aborted) {
      const next = choose(nextLogits(model, step, trainable, ids), temperature, random);
      if (next === tokenizer.eosId) break;
      ids.push(next);
      const text = tokenizer.decode(ids);
      // A character may be spread over several tokens; until the last one it decodes to a replacement character.
      if (!text.endsWith('\uFFFD') || ids.length === end) {
        if (text.length > shown) yield text.slice(shown);
        shown = Math.max(shown, text.length);
      }
      await new Promise(setImmediate);
    }
  } finally {
    tf.dispose(trainable);
  }
}

function checkPrompt(ids: readonly number[], { vocabSize, maxLength }: TrainableModel): void {
  const fault = (code: string, message: string, hint: string) =>
    new RankwiseError(code, message, { field: 'prompt', hint });
  if (ids.length === 0) throw fault('empty-prompt', 'The prompt has no tokens.', 'Give at least one word.');
  if (ids.length >= maxLength)
    throw fault('prompt-too-long', `The prompt has ${ids.length} tokens; the model takes ${maxLength}.`, 'Shorten it.');
  if (ids.some((id) => id >= vocabSize))
    throw fault(
      'token-out-of-range',
      `The tokenizer has tokens beyond the model's ${vocabSize}.`,
      'They do not belong together.',
    );
}

/** Logits [vocab] of the token after `ids`. */
function nextLogits(
  { padTokenId, vocabSize, maxLength }: TrainableModel,
  step: CompiledStep,
  trainable: Record<string, tf.Tensor>,
  ids: readonly number[],
): Float32Array {
  const length = bucketLength(ids.length, maxLength);
  const padded = new Int32Array(length).fill(padTokenId);
  padded.set(ids);
  const mask = new Int32Array(length).fill(1, 0, ids.length);
  const inputs = {
    input_ids: tf.tensor(padded, [1, length], 'int32'),
    attention_mask: tf.tensor(mask, [1, length], 'int32'),
  };
  const { logits } = step.run({ ...trainable, ...inputs });
  const last = tf.slice(logits!, [0, ids.length - 1, 0], [1, 1, vocabSize]);
  const values = last.dataSync<'float32'>().slice();
  tf.dispose([inputs, logits!, last]);
  return values;
}

function choose(logits: Float32Array, temperature: number, random: Random): number {
  const best = logits.reduce((at, value, i) => (value > logits[at]! ? i : at), 0);
  if (temperature === 0) return best;
  const weights = logits.map((value) => Math.exp((value - logits[best]!) / temperature));
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return i;
  }
  return best;
}

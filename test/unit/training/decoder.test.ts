/** Logits with kept keys and values are those of the whole text computed at once. */
import { readdirSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder } from '../../../server/training/assemble-recipe.ts';
import { Decoder } from '../../../server/training/decoder.ts';
import type { TrainableModel } from '../../../server/training/types.ts';
import { largestDifference, tiny } from '../models/tiny.ts';

const models = [
  ...readdirSync(tiny('decoders')).map((name) => `decoders/${name}`),
  ...['llama', 'llama-tied', 'mistral', 'qwen2', 'gemma', 'gemma2', 'gpt2', 'gpt_neox', 'opt', 'opt-350m'],
];

beforeAll(() => startEngine());

function whole(model: TrainableModel, ids: readonly number[]): Float32Array {
  return tf.tidy(() => {
    const input_ids = tf.tensor([...ids], [1, ids.length], 'int32');
    const logits = model.logits({ input_ids, attention_mask: tf.onesLike(input_ids) });
    return logits.dataSync<'float32'>().slice(-model.vocabSize);
  });
}

const likeliest = (logits: Float32Array) => logits.indexOf(Math.max(...logits));

test.each(models)('%s', async (name) => {
  const model = await assembleFolder(tiny(name));
  const decoder = new Decoder(model.decoding!, model.trainable);
  const ids = [5, 9, 17, 3, 11];
  for (let i = 0; i < 24; i++) {
    const logits = decoder.next(ids);
    expect(largestDifference(logits, whole(model, ids)), `token ${i}`).toBeLessThan(2e-5);
    ids.push(likeliest(logits));
  }
  decoder.dispose();
  model.dispose();
});

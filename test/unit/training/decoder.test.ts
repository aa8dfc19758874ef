/** Logits with kept keys and values are those of the whole text computed at once. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { bucketedStep, startEngine } from '../../../server/engine/index.ts';
import { assembleFolder } from '../../../server/training/assemble-recipe.ts';
import { Decoder } from '../../../server/training/decoder.ts';
import { chooseToken } from '../../../server/training/sampling.ts';
import type { TrainableModel } from '../../../server/training/types.ts';
import { fixture, largestDifference, tiny } from '../models/tiny.ts';

const models = [
  ...readdirSync(tiny('decoders')).map((name) => `decoders/${name}`),
  ...['llama', 'llama-tied', 'mistral', 'qwen2', 'gemma', 'gemma2', 'gpt2', 'gpt_neox', 'opt', 'opt-350m'],
];

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-decoder-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

function whole(model: TrainableModel, ids: readonly number[]): Float32Array {
  return tf.tidy(() => {
    const input_ids = tf.tensor([...ids], [1, ids.length], 'int32');
    const logits = model.logits({ input_ids, attention_mask: tf.onesLike(input_ids) });
    return logits.dataSync<'float32'>().slice(-model.vocabSize);
  });
}

const decoderOf = ({ decoding, trainable }: TrainableModel) =>
  new Decoder(decoding!, bucketedStep(decoding!.step), trainable);

const likeliest = (logits: Float32Array) => logits.indexOf(Math.max(...logits));

test.each(models)('%s', async (name) => {
  const model = await assembleFolder(tiny(name));
  const decoder = decoderOf(model);
  const ids = [5, 9, 17, 3, 11];
  for (let i = 0; i < 24; i++) {
    const logits = decoder.next(ids);
    expect(largestDifference(logits, whole(model, ids)), `token ${i}`).toBeLessThan(2e-5);
    ids.push(likeliest(logits));
  }
  decoder.dispose();
  model.dispose();
});

const { prompt, penalty, cases } = JSON.parse(readFileSync(fixture('generation.json'), 'utf8')) as {
  prompt: number[];
  penalty: number;
  cases: Record<string, { folder: string; changes: object; ids: number[] }>;
};

/** Files of a model with some fields of config.json changed. */
function changed(folder: string, changes: object): string {
  const target = mkdtempSync(path.join(scratch, 'model-'));
  const config = JSON.parse(readFileSync(path.join(tiny(folder), 'config.json'), 'utf8'));
  writeFileSync(path.join(target, 'config.json'), JSON.stringify({ ...config, ...changes }));
  copyFileSync(path.join(tiny(folder), 'model.safetensors'), path.join(target, 'model.safetensors'));
  return target;
}

test.each(Object.entries(cases))('greedy tokens are those of transformers: %s', async (_, one) => {
  const model = await assembleFolder(changed(one.folder, one.changes));
  const decoder = decoderOf(model);
  const ids = [...prompt];
  const greedy = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: penalty };
  for (const _ of one.ids) ids.push(chooseToken(decoder.next(ids), ids, greedy, Random.seeded(1)));
  expect(ids.slice(prompt.length)).toEqual(one.ids);
  decoder.dispose();
  model.dispose();
});

test('a text may go on in another way, or anew: what is the same is not computed again', async () => {
  const model = await assembleFolder(tiny('decoders/qwen3'));
  const decoder = decoderOf(model);
  const long = Array.from({ length: 70 }, (_, i) => 3 + ((i * 7) % 30));
  const texts = [long.slice(0, 40), [...long.slice(0, 30), 9, 9], long.slice(0, 12), long.slice(0, 12), long, [4]];
  for (const ids of texts) expect(largestDifference(decoder.next(ids), whole(model, ids))).toBeLessThan(2e-5);
  decoder.dispose();
  model.dispose();
});

test('changed tensors count at once', async () => {
  const model = await assembleFolder(tiny('llama'), fixture('traces/llama/lora/adapter_after'));
  const decoder = decoderOf(model);
  const ids = [5, 9, 17];
  const before = decoder.next(ids);
  for (const { data } of model.trainable.values()) data.fill(0);
  decoder.change(model.trainable);
  expect(largestDifference(decoder.next(ids), whole(model, ids))).toBeLessThan(2e-5);
  expect(largestDifference(decoder.next(ids), before)).toBeGreaterThan(1e-3);
  const live = tf.memory().numTensors;
  decoder.next([...ids, 4]);
  expect(tf.memory().numTensors).toBe(live);
  decoder.dispose();
  model.dispose();
});

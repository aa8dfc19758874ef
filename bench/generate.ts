/** Rankwise's side of generate.mjs: `FOLDER PROMPT TOKENS THREADS` prints the seconds of each greedy token, with kept keys and without, and the tokens. */
import * as tf from '@tensorflow/tfjs-core';
import { bucketLength } from '../server/data/batches.ts';
import { bucketedStep, startEngine } from '../server/engine/index.ts';
import { assembleFolder } from '../server/training/assemble-recipe.ts';
import { Decoder } from '../server/training/decoder.ts';
import { trainableTensors } from '../server/training/feed.ts';
import type { TrainableModel } from '../server/training/types.ts';

const [folder, promptLength, count, threads] = [process.argv[2]!, ...process.argv.slice(3).map(Number)] as [
  string,
  number,
  number,
  number,
];
/** Without kept keys a token costs the whole text: a few tell enough. */
const few = 8;

const likeliest = (logits: Float32Array) => logits.reduce((best, value, i) => (value > logits[best]! ? i : best), 0);

function timed(tokens: number, next: (ids: readonly number[]) => Float32Array) {
  const ids = Array.from({ length: promptLength }, (_, i) => (i * 31) % 997);
  const seconds: number[] = [];
  for (let i = 0; i < tokens; i++) {
    const began = performance.now();
    ids.push(likeliest(next(ids)));
    seconds.push((performance.now() - began) / 1000);
  }
  return { seconds, ids: ids.slice(promptLength) };
}

/** Logits of the whole text, padded to a bucket. */
function wholeText(model: TrainableModel) {
  const step = bucketedStep(model.logitsStep);
  const trainable = trainableTensors(model.trainable);
  return (ids: readonly number[]): Float32Array =>
    tf.tidy(() => {
      const length = bucketLength(ids.length);
      const padded = Array.from({ length }, (_, i) => ids[i] ?? 0);
      const mask = padded.map((_, i) => Number(i < ids.length));
      const row = (values: number[]) => tf.tensor(values, [1, length], 'int32');
      const { logits } = step.run({ ...trainable, input_ids: row(padded), attention_mask: row(mask) });
      return tf
        .slice(logits!, [0, ids.length - 1, 0], [1, 1, model.vocabSize])
        .dataSync<'float32'>()
        .slice();
    });
}

await startEngine({ threads });
const model = await assembleFolder(folder);
const decoder = new Decoder(model.decoding!, bucketedStep(model.decoding!.step), model.trainable);
const next = (ids: readonly number[]) => decoder.next(ids);
// The steps are compiled by then, and nothing of the text is kept.
timed(count, next);
decoder.change(model.trainable);
const kept = timed(count, next);
const whole = timed(few, wholeText(model));
console.log(JSON.stringify({ kept, whole }));
process.exit(0);

/** Twenty training steps of Hugging Face PEFT with torch's AdamW, step by step (test/fixtures/traces). */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostTensor } from '../../../server/base/tensor.ts';
import { peftPrefix, readAdapter, writeAdapter } from '../../../server/checkpoint/peft.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { gradientNorm } from '../../../server/training/clip.ts';
import { AdamW } from '../../../server/training/optimizer.ts';
import type { TrainableModel } from '../../../server/training/types.ts';
import { fixture, largestDifference, readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { jacobiFactors } from './factors.ts';
import { runLoss } from './steps.ts';

interface Trace {
  lr: number;
  optimizer: { betas: [number, number]; eps: number; weight_decay: number };
  n_trainable: number;
  r: number;
  alpha: number;
  target_modules: string[];
  loss_per_step: number[];
  grad_norm_per_step: number[];
}
interface BatchRows {
  input_ids: number[][];
  attention_mask: number[][];
  labels: number[] | number[][];
}

const json = <T>(...parts: string[]): T => JSON.parse(readFileSync(fixture('traces', ...parts), 'utf8'));

function inputsOf(batch: BatchRows, model: TrainableModel) {
  const { input_ids, attention_mask, labels } = batch;
  const shape = { rows: input_ids.length, length: input_ids[0]!.length };
  const count = model.countLabels(Int32Array.from(labels.flat()), shape);
  return {
    input_ids: tf.tensor(input_ids, undefined, 'int32'),
    attention_mask: tf.tensor(attention_mask, undefined, 'int32'),
    labels: tf.tensor(labels, undefined, 'int32'),
    loss_scale: tf.scalar(1 / count),
  };
}

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-traces-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

const xsPart = (tensor: string): string => tensor.replace(/\.([ABR])$/, '.lora_$1.weight');

/** The adapter folder that a trace starts from. PEFT has no LoRA-XS: its traces hold bare tensors. */
async function startOf(name: string, method: string, { r, alpha, target_modules }: Trace): Promise<string> {
  const folder = fixture('traces', name, method);
  if (existsSync(path.join(folder, 'adapter_before'))) return path.join(folder, 'adapter_before');
  const target = path.join(scratch, name, method);
  const bare = ['frozen', 'trainable_before'].flatMap((file) => [
    ...readTensors(path.join(folder, `${file}.safetensors`)),
  ]);
  const tensors = new Map(bare.map(([tensor, value]) => [`${peftPrefix}${xsPart(tensor)}`, value]));
  await writeAdapter(target, { config: { peft_type: 'LORA_XS', r, lora_alpha: alpha, target_modules }, tensors });
  return target;
}

/** What PEFT's training made of it, by our names. */
async function endOf(name: string, method: string): Promise<[string, HostTensor][]> {
  const folder = fixture('traces', name, method);
  if (!existsSync(path.join(folder, 'adapter_after')))
    return [...readTensors(path.join(folder, 'trainable_after.safetensors'))].map(([key, value]) => [
      xsPart(key),
      value,
    ]);
  const { tensors } = await readAdapter(path.join(folder, 'adapter_after'));
  return [...tensors].map(([key, value]) => [key.slice(peftPrefix.length), value]);
}

describe.each([
  ['llama', 'lora'],
  ['llama', 'rslora'],
  ['roberta', 'lora'],
  ['roberta', 'lora_head'],
  ['llama', 'loraxs'],
  ['llama', 'loraxs_sigmaB'],
  ['roberta', 'loraxs'],
  ['llama', 'pissa'],
  ['roberta', 'pissa'],
  ['llama', 'oft'],
  ['llama', 'oft_series'],
  ['roberta', 'oft_coft'],
  ['roberta', 'oft_shared'],
  ['llama', 'boft_3'],
  ['roberta', 'boft'],
])('trace %s/%s', (name, method) => {
  it('is replayed from the saved start', async () => {
    const trace = json<Trace>(name, method, 'trace.json');
    const batches = json<BatchRows[]>(name, 'batches.json');
    const model = await assembleRecipe(recipeFor(name, `[{ path: ${await startOf(name, method, trace)} }]`), {
      factors: jacobiFactors(),
    });
    expect(model.trainableParameters).toBe(trace.n_trainable);

    const optimizer = new AdamW(model.trainable, trace.optimizer);
    for (const [step, batch] of batches.entries()) {
      const { loss, gradients } = runLoss(model, inputsOf(batch, model));
      expect(Math.abs(loss - trace.loss_per_step[step]!), `loss ${step}`).toBeLessThan(1e-5);
      const norm = trace.grad_norm_per_step[step]!;
      expect(Math.abs(gradientNorm(gradients.values()) / norm - 1), `norm ${step}`).toBeLessThan(1e-4);
      optimizer.update(gradients, () => trace.lr);
      model.settle();
    }

    const end = await endOf(name, method);
    expect(model.trainable.size).toBe(end.length);
    for (const [key, { data }] of end)
      expect(largestDifference(model.trainable.get(key)!.data, data), key).toBeLessThan(1e-4);
    const folder = fixture('traces', name, method);
    const logits = readTensors(path.join(folder, 'logits.safetensors')).get('final_logits_batch0')!;
    const ours = model.logits(inputsOf(batches[0]!, model)).dataSync();
    const width = logits.shape.at(-1)!;
    const real = batches[0]!.attention_mask.flat();
    const compared = (values: ArrayLike<number>) =>
      Array.from(values).filter((_, i) => logits.shape.length === 2 || real[Math.floor(i / width)] === 1);
    expect(largestDifference(compared(ours), compared(logits.data))).toBeLessThan(1e-4);

    const after = path.join(folder, 'adapter_after');
    if (existsSync(after)) {
      const theirs = await assembleFolder(tiny(name), after, 'stored', { factors: jacobiFactors() });
      expect(
        largestDifference(compared(theirs.logits(inputsOf(batches[0]!, theirs)).dataSync()), compared(logits.data)),
      ).toBeLessThan(5e-5);
    }
    const mergedFile = path.join(folder, 'merged_after.safetensors');
    if (!existsSync(mergedFile)) return;
    const merged = await model.saveModel(path.join(scratch, `${name}-${method}`));
    const weights = readTensors(path.join(merged, 'model.safetensors'));
    for (const [key, { data }] of readTensors(mergedFile))
      expect(largestDifference(weights.get(key)!.data, data), key).toBeLessThan(1e-4);
  });
});

it.each(['llama', 'roberta'])('full training of %s lowers the loss', async (name) => {
  const model = await assembleRecipe(recipeFor(name, '[{ method: full }]'));
  const [batch] = json<BatchRows[]>(name, 'batches.json');
  const optimizer = new AdamW(model.trainable, { betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0 });
  const losses: number[] = [];
  for (let step = 0; step < 5; step++) {
    const { loss, gradients } = runLoss(model, inputsOf(batch!, model));
    losses.push(loss);
    optimizer.update(gradients, () => 1e-3);
  }
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
});

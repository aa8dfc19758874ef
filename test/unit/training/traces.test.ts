/** Twenty training steps of Hugging Face PEFT with torch's AdamW, step by step (test/fixtures/traces). */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostTensor } from '../../../server/base/tensor.ts';
import { keepFactors } from '../../../server/checkpoint/factor-files.ts';
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
  frozen_file?: string;
  d: number;
  loss_per_step: number[];
  grad_norm_per_step: number[];
  orth_reg_weight?: number;
  adalora_nonzero_E_rows_per_step?: Record<string, number>[];
}
interface BatchRows {
  /** Of images, which have no tokens. */
  pixel_values?: number[][][][];
  input_ids: number[][];
  attention_mask: number[][];
  labels: number[] | number[][];
  decoder_input_ids?: number[][];
}

const json = <T>(...parts: string[]): T => JSON.parse(readFileSync(fixture('traces', ...parts), 'utf8'));

function inputsOf(batch: BatchRows, model: TrainableModel) {
  const { pixel_values, input_ids, attention_mask, labels, decoder_input_ids } = batch;
  const shape = { rows: labels.length, length: input_ids?.[0]?.length ?? model.maxLength };
  const count = model.countLabels(Int32Array.from(labels.flat()), shape);
  const read = pixel_values
    ? { pixel_values: tf.tensor(pixel_values) }
    : {
        input_ids: tf.tensor(input_ids, undefined, 'int32'),
        attention_mask: tf.tensor(attention_mask, undefined, 'int32'),
      };
  return {
    ...(read as { input_ids: tf.Tensor; attention_mask: tf.Tensor }),
    ...(decoder_input_ids && { decoder_input_ids: tf.tensor(decoder_input_ids, undefined, 'int32') }),
    labels: tf.tensor(labels, undefined, 'int32'),
    loss_scale: tf.scalar(1 / count),
  };
}

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-traces-'));
const home = () => path.join(scratch, 'home');
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

/** Methods that PEFT does not have: their traces hold bare tensors. What an adapter_config.json of ours says of them. */
const bareMethods: Record<string, (trace: Trace) => Record<string, unknown>> = {
  loraxs: ({ r, alpha }) => ({ peft_type: 'LORA_XS', r, lora_alpha: alpha }),
  loraxs_sigmaB: ({ r, alpha }) => ({ peft_type: 'LORA_XS', r, lora_alpha: alpha }),
  svf: () => ({ peft_type: 'SVF', form: 'plain' }),
  svft_plain: () => ({ peft_type: 'SVFT', pattern: 'plain' }),
  svft_banded2: ({ d }) => ({ peft_type: 'SVFT', pattern: 'banded', off_diagonals: d }),
  svft_banded2_gate: ({ d }) => ({ peft_type: 'SVFT', pattern: 'banded', off_diagonals: d, gate: true }),
};
const ourKeys: Record<string, string> = {
  A: 'lora_A.weight',
  B: 'lora_B.weight',
  R: 'lora_R.weight',
  z: 'svf_z',
  m: 'svft_M',
  gate: 'svft_gate',
};
const ourKey = (tensor: string): string =>
  tensor.replace(/\.([^.]+)$/, (whole, part) => (ourKeys[part] ? `.${ourKeys[part]}` : whole));

/** The adapter folder that a trace starts from. */
async function startOf(name: string, method: string, trace: Trace): Promise<string> {
  const folder = fixture('traces', name, method);
  const { orth_reg_weight } = trace;
  if (orth_reg_weight !== undefined) {
    // One of the traces was made without the penalty that its configuration names.
    const { config, tensors } = await readAdapter(path.join(folder, 'adapter_before'));
    const changed = path.join(scratch, name, method);
    await writeAdapter(changed, { config: { ...config, orth_reg_weight }, tensors });
    return changed;
  }
  if (existsSync(path.join(folder, 'adapter_before'))) return path.join(folder, 'adapter_before');
  const target = path.join(scratch, name, method);
  const frozen = readTensors(path.join(folder, trace.frozen_file ?? 'frozen.safetensors'));
  const bare = [...frozen, ...readTensors(path.join(folder, 'trainable_before.safetensors'))];
  const tensors = new Map(
    bare.flatMap(([tensor, value]) =>
      ourKey(tensor) === tensor ? [] : [[`${peftPrefix}${ourKey(tensor)}`, value] as const],
    ),
  );
  const factors: Record<string, string> = {};
  for (const [key, S] of frozen) {
    if (!key.endsWith('.S')) continue;
    const module = key.slice(0, -2);
    factors[module] = keepFactors(home(), { U: frozen.get(`${module}.U`)!, S, Vt: frozen.get(`${module}.Vh`)! });
  }
  const { target_modules } = trace;
  await writeAdapter(target, { config: { ...bareMethods[method]!(trace), factors, target_modules }, tensors });
  return target;
}

/** Triplets of AdaLoRA that are in use, by matrix. */
const liveRows = (model: TrainableModel): number[] =>
  [...model.trainable].flatMap(([name, { data }]) =>
    name.endsWith('.lora_E') ? [data.filter((value) => value !== 0).length] : [],
  );

/** What PEFT's training made of it, by our names. */
async function endOf(name: string, method: string): Promise<[string, HostTensor][]> {
  const folder = fixture('traces', name, method);
  if (!existsSync(path.join(folder, 'adapter_after')))
    return [...readTensors(path.join(folder, 'trainable_after.safetensors'))].map(([key, value]) => [
      ourKey(key),
      value,
    ]);
  const whole = path.join(folder, 'trainable_after.safetensors');
  const pruned = method.startsWith('adalora');
  const { tensors } = pruned ? { tensors: readTensors(whole) } : await readAdapter(path.join(folder, 'adapter_after'));
  const trained = [...tensors].filter(([key]) => key.startsWith(peftPrefix));
  return trained.map(([key, value]) => [key.slice(peftPrefix.length).replace(/\.default$/, ''), value]);
}

describe.each([
  ['llama', 'lora'],
  ['llama', 'rslora'],
  ['roberta', 'lora'],
  ['roberta', 'lora_head'],
  ['llama', 'loraxs'],
  ['llama', 'loraxs_sigmaB'],
  ['roberta', 'loraxs'],
  ['llama', 'svf'],
  ['llama', 'svft_plain'],
  ['llama', 'svft_banded2'],
  ['llama', 'svft_banded2_gate'],
  ['roberta', 'svft_plain'],
  ['llama', 'dora'],
  ['roberta', 'dora'],
  ['llama', 'vera'],
  ['llama', 'ia3'],
  ['llama', 'adalora'],
  ['llama', 'adalora_noreg'],
  ['llama', 'pissa'],
  ['roberta', 'pissa'],
  ['llama', 'oft'],
  ['llama', 'oft_series'],
  ['roberta', 'oft_coft'],
  ['roberta', 'oft_shared'],
  ['llama', 'boft_3'],
  ['roberta', 'boft'],
  ['gpt2', 'lora'],
  ['gpt2', 'dora'],
  ['gpt2', 'pissa'],
  ['gpt2', 'vera'],
  ['gpt2', 'ia3'],
  ['deberta-v2', 'lora'],
  ['distilbert', 'lora'],
  ['albert', 'lora'],
  ['t5', 'lora'],
  ['t5', 'vera'],
  ['vit', 'lora'],
])('trace %s/%s', (name, method) => {
  it('is replayed from the saved start', async () => {
    const trace = json<Trace>(name, method, 'trace.json');
    const batches = json<BatchRows[]>(name, 'batches.json');
    const model = await assembleRecipe(recipeFor(name, `[{ path: ${await startOf(name, method, trace)} }]`), {
      factors: jacobiFactors([], home()),
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
      model.schedule?.after(step + 1, batches.length, gradients, 1);
      expect(liveRows(model), `live ${step}`).toEqual(
        Object.values(trace.adalora_nonzero_E_rows_per_step?.[step] ?? {}),
      );
    }

    const end = await endOf(name, method);
    expect(model.trainable.size).toBe(end.length);
    for (const [key, { data }] of end)
      expect(largestDifference(model.trainable.get(key)!.data, data), key).toBeLessThan(1e-4);
    const folder = fixture('traces', name, method);
    const logits = readTensors(path.join(folder, 'logits.safetensors')).get('final_logits_batch0')!;
    const ours = model.logits(inputsOf(batches[0]!, model)).dataSync();
    const width = logits.shape.at(-1)!;
    const [{ attention_mask, labels, decoder_input_ids }] = batches as [BatchRows];
    const real = decoder_input_ids
      ? labels.flat().map((label) => (label === -100 ? 0 : 1))
      : (attention_mask ?? []).flat();
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

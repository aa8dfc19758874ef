/** Decoders of Llama's kind against transformers and PEFT (test/interop/decoders.py); tolerances: docs/DESIGN.md §5. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { compileStep, startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { trainableTensors } from '../../../server/training/feed.ts';
import { AdamW } from '../../../server/training/optimizer.ts';
import type { TrainableModel } from '../../../server/training/types.ts';
import { runLoss } from '../training/steps.ts';
import {
  atRealTokens,
  largestDifference,
  type ReferenceCase,
  readTensors,
  recipeFor,
  referenceCases,
  tiny,
} from './tiny.ts';

const families = ['llama', 'mistral', 'qwen2', 'qwen3', 'gemma', 'gemma2', 'gemma3', 'phi3'];
const tasks = [
  ['causal-lm', 'reference', 'lora'],
  ['sequence-classification', 'classes', 'lora-classes'],
] as const;
const larger = ['mistral', 'qwen2', 'gemma', 'gemma2'];

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-decoders-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

function expectLogits(ours: tf.Tensor, theirs: ReferenceCase): void {
  expect(ours.shape).toEqual(theirs.logits.shape);
  const difference = largestDifference(atRealTokens(ours.dataSync(), theirs), theirs.logits.data);
  expect(difference, theirs.name).toBeLessThan(2e-5);
}

/** A case as inputs of the loss step. */
function batch({ inputs, labels }: ReferenceCase, model: TrainableModel) {
  const [rows, length] = inputs.input_ids.shape as [number, number];
  const count = model.countLabels(labels.dataSync() as Int32Array, { rows, length });
  return { ...inputs, labels, loss_scale: tf.scalar(1 / count) };
}

describe.each(larger)('%s', (name) => {
  it('gives the logits and losses of transformers', async () => {
    const model = await assembleFolder(tiny(name));
    for (const each of referenceCases(name)) {
      expectLogits(model.logits(each.inputs), each);
      expect(runLoss(model, batch(each, model)).loss).toBeCloseTo(each.loss, 5);
    }
  });
});

describe.each(families.flatMap((family) => tasks.map(([task, file, lora]) => ({ family, task, file, lora }))))(
  '$family, $task',
  ({ family, task, file, lora }) => {
    const folder = `decoders/${family}`;
    const cases = referenceCases(folder, file);
    const base = () => assembleRecipe(recipeFor(folder, '[{ method: full }]', '', task));

    it('gives the logits and losses of transformers, padded on either side', async () => {
      const model = await base();
      expect(cases.map(({ name }) => name).sort()).toEqual(['left', 'padded', 'short']);
      for (const each of cases) {
        expectLogits(model.logits(each.inputs), each);
        expect(runLoss(model, batch(each, model)).loss).toBeCloseTo(each.loss, 5);
      }
    });

    it('is the same recorded', async () => {
      const model = await base();
      for (const each of cases) {
        const inputs = { ...trainableTensors(model.trainable), ...each.inputs };
        const step = compileStep(model.logitsStep, inputs);
        expectLogits(step.run(inputs).logits!, each);
        step.dispose();
      }
    });

    it('trains as in PEFT, recorded and not', async () => {
      const { lr, losses } = JSON.parse(readFileSync(path.join(tiny(folder), lora, 'trace.json'), 'utf8'));
      const entry = `[{ path: ${path.join(tiny(folder), lora)} }]`;
      for (const checkpointing of [false, true]) {
        const more = `training: { gradient_checkpointing: ${checkpointing} }`;
        const model = await assembleRecipe(recipeFor(folder, entry, more, task));
        const optimizer = new AdamW(model.trainable, { betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0 });
        const inputs = batch(cases.find(({ name }) => name === 'padded')!, model);
        const step = compileStep(model.lossStep, { ...trainableTensors(model.trainable), ...inputs });
        for (const [index, expected] of losses.entries()) {
          const { loss, gradients } = runLoss(model, inputs);
          const recorded = step.run({ ...trainableTensors(model.trainable), ...inputs });
          expect(Math.abs(loss - expected), `loss ${index}`).toBeLessThan(2e-5);
          expect(Math.abs(recorded.loss!.dataSync()[0]! - expected), `recorded loss ${index}`).toBeLessThan(2e-5);
          for (const [name, gradient] of gradients) {
            const other = recorded[`grad:${name}`]!.dataSync();
            expect(largestDifference(gradient, other), name).toBeLessThan(
              1e-5 + 1e-4 * Math.max(...gradient.map(Math.abs)),
            );
          }
          optimizer.update(gradients, () => lr);
        }
        step.dispose();
      }
    });

    it('merges into weights that give the same logits', async () => {
      const model = await assembleRecipe(recipeFor(folder, `[{ path: ${path.join(tiny(folder), lora)} }]`, '', task));
      const merged = await assembleFolder(await model.saveModel(path.join(scratch, family, task)));
      const padded = cases.find(({ name }) => name === 'padded')!;
      const [before, after] = [model, merged].map((each) =>
        atRealTokens(each.logits(padded.inputs).dataSync(), padded),
      );
      expect(largestDifference(before!, after!)).toBeLessThan(5e-5);
    });
  },
);

describe.each(families)('every parameter of %s', (family) => {
  it('has the gradient of transformers', async () => {
    const folder = `decoders/${family}`;
    const told: Record<string, [number, number]> = JSON.parse(
      readFileSync(path.join(tiny(folder), 'grads.json'), 'utf8'),
    );
    const model = await assembleRecipe(recipeFor(folder, '[{ method: full }]', '', 'causal-lm'));
    const { gradients } = runLoss(model, batch(referenceCases(folder).find(({ name }) => name === 'padded')!, model));
    expect([...gradients.keys()].sort()).toEqual(Object.keys(told).sort());
    for (const [name, [norm, product]] of Object.entries(told)) {
      const gradient = gradients.get(name)!;
      const scale = 1e-4 * norm + 1e-6;
      expect(Math.abs(Math.hypot(...gradient) - norm), name).toBeLessThan(scale);
      expect(Math.abs(gradient.reduce((sum, g, i) => sum + g * Math.cos(i), 0) - product), name).toBeLessThan(scale);
    }
  });
});

describe('a checkpoint', () => {
  let folders = 0;
  /** The small model under other names, with a config.json made of its own. */
  function stored(family: string, rename: (name: string) => string, config = (own: object) => own): string {
    const source = tiny(`decoders/${family}`);
    const target = path.join(scratch, `stored-${folders++}`);
    mkdirSync(target);
    const own = JSON.parse(readFileSync(path.join(source, 'config.json'), 'utf8'));
    writeFileSync(path.join(target, 'config.json'), JSON.stringify(config(own)));
    const tensors = [...readTensors(path.join(source, 'model.safetensors'))];
    const renamed = tensors.map(([name, { shape, data }]) => ({ name: rename(name), shape, data: () => data }));
    writeSafetensors(path.join(target, 'model.safetensors'), renamed);
    return target;
  }
  async function expectReference(folder: string, family: string): Promise<void> {
    const model = await assembleFolder(folder);
    for (const each of referenceCases(`decoders/${family}`)) expectLogits(model.logits(each.inputs), each);
  }

  it.each(families)('of %s may lack the base prefix', async (family) => {
    await expectReference(
      stored(family, (name) => name.replace(/^model\./, '')),
      family,
    );
  });

  it.each([
    ['as published', (name: string) => `language_model.${name}`],
    ['as transformers 5 saves it', (name: string) => name.replace(/^model\./, 'model.language_model.')],
  ])('of Gemma 3 with images has the language model within, %s', async (_, rename) => {
    const whole = (own: object) => ({
      model_type: 'gemma3',
      architectures: ['Gemma3ForConditionalGeneration'],
      text_config: own,
    });
    const folder = stored('gemma3', rename, whole);
    const model = await assembleRecipe(
      recipeFor(path.relative(tiny(''), folder), '[{ method: full }]', '', 'causal-lm'),
    );
    for (const each of referenceCases('decoders/gemma3')) expectLogits(model.logits(each.inputs), each);
  });
});

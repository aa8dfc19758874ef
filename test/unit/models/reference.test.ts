/** Logits, losses and gradients against transformers 5.18 in float32 (tolerances: docs/DESIGN.md §5). */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { families, runnable } from '../../../server/architectures/families.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { modelFamily, models } from '../../../server/models/registry.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { trainableTensors } from '../../../server/training/feed.ts';
import { atRealTokens, largestDifference, readTensors, recipeFor, referenceCases, tiny } from './tiny.ts';

beforeAll(() => startEngine());

it('has the forward graphs that architectures/ says that there are, task by task', () => {
  const declared = families.map(({ id, runs }) => [id, [...runs]] as const).filter(([, tasks]) => tasks.length > 0);
  expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(models.map(({ id, tasks }) => [id, [...tasks]])));
});

it('says which models run when another one is to be run', () => {
  expect(modelFamily('llama', 'causal-lm').id).toBe('llama');
  const thrown = (id: string, task: string, of: object) =>
    expect(() => modelFamily(id, task)).toThrow(expect.objectContaining({ code: 'model-not-runnable', ...of }));
  thrown('falcon', 'causal-lm', { field: 'model.path', hint: `Models that run: ${runnable().join(', ')}.` });
  thrown('unknown', 'causal-lm', { field: 'model.path', hint: expect.stringContaining('Llama') });
  thrown('bert', 'causal-lm', { field: 'model.task', hint: 'BERT runs for sequence-classification, regression.' });
});

describe.each([
  'llama',
  'llama-tied',
  'roberta',
  'bert',
  'deberta-v2',
  'deberta-v2-conv',
  'deberta-v2-c2p',
  'deberta-v2-plain',
  'distilbert',
  'albert',
  'albert-groups',
  't5',
  't5-gated',
])('%s', (name) => {
  it('gives the logits of transformers', async () => {
    const model = await assembleFolder(tiny(name));
    for (const each of referenceCases(name)) {
      const ours = model.logits(each.inputs);
      expect(ours.shape).toEqual(each.logits.shape);
      expect(largestDifference(atRealTokens(ours.dataSync(), each), each.logits.data)).toBeLessThan(2e-5);
    }
  });

  it('gives the losses of transformers', async () => {
    const model = await assembleFolder(tiny(name));
    for (const { inputs, labels, loss } of referenceCases(name)) {
      const { loss_sum } = model.evaluationStep({ ...inputs, labels });
      const [rows, length] = inputs.input_ids.shape as [number, number];
      const count = model.countLabels(labels.dataSync() as Int32Array, { rows, length });
      expect(loss_sum!.dataSync()[0]! / count).toBeCloseTo(loss, 5);
    }
  });

  it('does not look at padding', async () => {
    const model = await assembleFolder(tiny(name));
    const { inputs } = referenceCases(name).find((c) => c.name === 'padded')!;
    const padding = tf.sub(tf.scalar(1, 'int32'), inputs.attention_mask);
    // RoBERTa counts positions by id, so its padding stays padding there.
    const other =
      name === 'roberta' ? inputs.input_ids : tf.add(inputs.input_ids, tf.mul(padding, tf.scalar(7, 'int32')));
    const seen = name.startsWith('llama') ? tf.cast(tf.expandDims(inputs.attention_mask, -1), 'float32') : tf.scalar(1);
    const logits = (ids: tf.Tensor) => tf.mul(model.logits({ ...inputs, input_ids: ids }), seen).dataSync();
    expect(largestDifference(logits(other), logits(inputs.input_ids))).toBe(0);
  });
});

describe.each(['llama', 'roberta', 'deberta-v2', 'deberta-v2-conv', 'distilbert', 'albert-groups', 't5', 't5-gated'])(
  'every parameter of %s',
  (name) => {
    it('has the gradient of transformers', async () => {
      const model = await assembleRecipe(recipeFor(name, '[{ method: full }]'));
      const cases = referenceCases(name);
      const { inputs, labels, loss } = name.startsWith('t5') ? cases.at(-1)! : cases[0]!;
      const [rows, length] = inputs.input_ids.shape as [number, number];
      const count = model.countLabels(labels.dataSync() as Int32Array, { rows, length });
      const outputs = model.lossStep({
        ...trainableTensors(model.trainable),
        ...inputs,
        labels,
        loss_scale: tf.scalar(1 / count),
      });
      expect(outputs.loss!.dataSync()[0]).toBeCloseTo(loss, 5);
      const expected = readTensors(`${tiny(name)}/grads_full.safetensors`);
      expect([...model.trainable.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [parameter, { data }] of expected) {
        const difference = largestDifference(outputs[`grad:${parameter}`]!.dataSync(), data);
        expect(difference, parameter).toBeLessThan(2e-5);
      }
    });
  },
);

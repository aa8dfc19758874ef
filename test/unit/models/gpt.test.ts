/** GPT-2, GPT-NeoX and OPT against transformers 5.18: the models of test/interop/gpt_fixtures.py. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStep, startEngine, toHost } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { trainableTensors } from '../../../server/training/feed.ts';
import { batchOf, disturb } from '../training/steps.ts';
import { atRealTokens, largestDifference, readTensors, recipeFor, referenceCases, tiny } from './tiny.ts';

beforeAll(() => startEngine());

const lm = ['gpt2', 'gpt_neox', 'opt', 'opt-350m'];
const classifiers = ['gpt2-classifier', 'gpt_neox-classifier', 'opt-classifier'];

describe.each([...lm, ...classifiers])('%s', (name) => {
  it.each(['full', 'padded', 'left'])('gives the logits and the loss of transformers, %s', async (which) => {
    const model = await assembleFolder(tiny(name));
    const reference = referenceCases(name).find((one) => one.name === which)!;
    const { inputs, labels, logits, loss } = reference;
    const ours = model.logits(inputs);
    expect(ours.shape).toEqual(logits.shape);
    expect(largestDifference(atRealTokens(ours.dataSync(), reference), logits.data)).toBeLessThan(2e-5);
    const step = { ...inputs, labels };
    const compiled = compileStep(model.evaluationStep, step);
    const [rows, length] = inputs.input_ids.shape as [number, number];
    const count = model.countLabels(labels.dataSync() as Int32Array, { rows, length });
    // A row with padding on the left predicts its first token at a position of padding, which is nothing to compare.
    if (which !== 'left' || logits.shape.length === 2)
      expect(compiled.run(step).loss_sum!.dataSync()[0]! / count).toBeCloseTo(loss, 5);
    compiled.dispose();
  });

  it('gives the same recorded as it is written, forward and backward', async () => {
    const model = await assembleRecipe(recipeFor(name, '[{ method: lora, rank: 2, target_modules: all-linear }]'));
    disturb(model.trainable);
    const inputs = { ...trainableTensors(model.trainable), ...batchOf(name, model) };
    const eager = tf.tidy(() =>
      Object.entries(model.lossStep(inputs)).map(([key, y]) => [key, toHost(y).data] as const),
    );
    const compiled = compileStep(model.lossStep, inputs);
    const recorded = compiled.run(inputs);
    expect(eager.length).toBe(model.trainable.size + 1);
    for (const [key, values] of eager)
      expect(largestDifference(toHost(recorded[key]!).data, values), key).toBeLessThan(2e-5);
    compiled.dispose();
  });

  it('gives the same gradients with checkpointing', async () => {
    const recipe = recipeFor(name, '[{ method: lora, rank: 2, target_modules: all-linear }]');
    const gradients = async (gradient_checkpointing: boolean) => {
      const training = { ...recipe.training, gradient_checkpointing };
      const model = await assembleRecipe({ ...recipe, training });
      disturb(model.trainable);
      const outputs = model.lossStep({ ...trainableTensors(model.trainable), ...batchOf(name, model) });
      return [...model.trainable.keys()].flatMap((key) => [...outputs[`grad:${key}`]!.dataSync()]);
    };
    expect(largestDifference(await gradients(true), await gradients(false))).toBeLessThan(1e-6);
  });

  it('has as many positions as its table', async () => {
    const { lengthLimited, maxLength } = await assembleFolder(tiny(name));
    expect([lengthLimited, maxLength]).toEqual([!name.startsWith('gpt_neox'), 32]);
  });
});

it.each(lm)('%s: nothing looks at padding, on either side', async (name) => {
  const model = await assembleFolder(tiny(name));
  for (const reference of referenceCases(name)) {
    const { inputs, attention } = reference;
    const padding = tf.tensor(
      Int32Array.from(attention, (real) => 1 - real),
      inputs.input_ids.shape,
      'int32',
    );
    const other = tf.add(inputs.input_ids, tf.mul(padding, tf.scalar(7, 'int32')));
    const seen = (ids: tf.Tensor) => atRealTokens(model.logits({ ...inputs, input_ids: ids }).dataSync(), reference);
    expect(largestDifference(seen(other), seen(inputs.input_ids))).toBe(0);
  }
});

it('a classifier without a padding token reads the last token that the attention mask shows', async () => {
  const recipe = recipeFor('gpt2', '[{ method: lora, modules_to_save: [score] }]');
  const model = await assembleRecipe({ ...recipe, model: { ...recipe.model, task: 'sequence-classification' } });
  const { inputs } = referenceCases('gpt2').find((one) => one.name === 'padded')!;
  const cut = (x: tf.Tensor) => tf.slice(x, [1, 0], [1, 6]);
  const { input_ids, attention_mask } = inputs;
  const alone = model.logits({ input_ids: cut(input_ids), attention_mask: cut(attention_mask) }).dataSync();
  expect(largestDifference(model.logits(inputs).dataSync().slice(2, 4), alone)).toBeLessThan(1e-6);
  expect(model.warnings).toEqual([expect.objectContaining({ code: 'new-parameters' })]);
});

it.each(['gpt2', 'gpt_neox-classifier', 'opt-350m'])(
  'every parameter of %s has the gradient of transformers, that of a Conv1D turned',
  async (name) => {
    const model = await assembleRecipe(recipeFor(name, '[{ method: full }]'));
    const { inputs, labels } = referenceCases(name).find((one) => one.name === 'full')!;
    const [rows, length] = inputs.input_ids.shape as [number, number];
    const count = model.countLabels(labels.dataSync() as Int32Array, { rows, length });
    const step = { ...trainableTensors(model.trainable), ...inputs, labels, loss_scale: tf.scalar(1 / count) };
    const outputs = model.lossStep(step);
    const expected = readTensors(`${tiny(name)}/grads_full.safetensors`);
    expect([...model.trainable.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [parameter, { data, shape }] of expected) {
      const turned = /\.c_\w+\.weight$/.test(parameter);
      const theirs = turned ? tf.transpose(tf.tensor(data, shape)).dataSync() : data;
      expect(largestDifference(outputs[`grad:${parameter}`]!.dataSync(), theirs), parameter).toBeLessThan(2e-5);
    }
  },
);

it.each([
  ['bfloat16', 0.1],
  ['int8', 0.2],
  ['nf4', 3],
] as const)('gpt2 is held as %s, its Conv1D weights turned', async (dtype, nearby) => {
  const { inputs } = referenceCases('gpt2').find((one) => one.name === 'full')!;
  const recipe = recipeFor('gpt2', '[{ method: lora }]');
  const logits = async (model: typeof recipe.model) =>
    (await assembleRecipe({ ...recipe, model })).logits(inputs).dataSync().slice();
  const difference = largestDifference(await logits({ ...recipe.model, dtype }), await logits(recipe.model));
  expect(difference).toBeGreaterThan(1e-4);
  expect(difference).toBeLessThan(nearby);
});

/** Encoders as they are published before any task: no head, no base prefix, and LayerNorm's parameters as TensorFlow called them. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModelFacts } from '../../../server/checkpoint/model-facts.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { largestDifference, readTensors, recipeFor, referenceCases, tiny } from './tiny.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-base-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

const cases: { name: string; prefix: string; heads: string[]; saved: string[] }[] = [
  { name: 'bert', prefix: 'bert', heads: ['bert.pooler.dense', 'classifier'], saved: ['pooler.dense', 'classifier'] },
  {
    name: 'deberta-v2',
    prefix: 'deberta',
    heads: ['pooler.dense', 'classifier'],
    saved: ['pooler.dense', 'classifier'],
  },
  {
    name: 'distilbert',
    prefix: 'distilbert',
    heads: ['pre_classifier', 'classifier'],
    saved: ['pre_classifier', 'classifier'],
  },
  { name: 'albert', prefix: 'albert', heads: ['albert.pooler', 'classifier'], saved: ['pooler', 'classifier'] },
];

describe.each(cases)('a base checkpoint of $name', ({ name, prefix, heads, saved }) => {
  const parameters = heads.flatMap((head) => [`${head}.weight`, `${head}.bias`]);
  const folder = path.join(scratch, name);
  const published = readTensors(path.join(tiny(name), 'model.safetensors'));
  const recipe = () => {
    const whole = recipeFor(name, '[{ method: lora, rank: 2, target_modules: all-linear }]');
    return { ...whole, model: { ...whole.model, path: folder } };
  };
  beforeAll(() => {
    mkdirSync(folder);
    copyFileSync(path.join(tiny(name), 'config.json'), path.join(folder, 'config.json'));
    const kept = [...published].filter(([tensor]) => !parameters.includes(tensor));
    writeSafetensors(
      path.join(folder, 'model.safetensors'),
      kept.map(([tensor, { shape, data }]) => {
        const old = tensor.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta');
        return { name: old.slice(prefix.length + 1), shape, data: () => data };
      }),
    );
  });

  it('is valid, with a word on the heads that start afresh', async () => {
    const { problems } = await loadModelFacts(folder, { cwd: scratch, task: 'sequence-classification' });
    expect(problems).toEqual([expect.objectContaining({ code: 'new-parameters', severity: 'information' })]);
    for (const parameter of parameters) expect(problems[0]!.message).toContain(parameter);
  });

  it('trains its heads, from the same values each time, and says so', async () => {
    const [model, again] = [await assembleRecipe(recipe()), await assembleRecipe(recipe())];
    expect(model.warnings.map(({ code }) => code)).toEqual(['new-parameters']);
    for (const parameter of parameters) {
      expect(model.warnings[0]!.message).toContain(parameter);
      expect(model.groupOf(parameter)).toBe('head');
      expect(model.trainable.get(parameter)).toEqual(again.trainable.get(parameter));
    }
  });

  it('is the published model once it has its heads, and keeps them in the adapter', async () => {
    const model = await assembleRecipe(recipe());
    for (const parameter of parameters) model.trainable.get(parameter)!.data.set(published.get(parameter)!.data);
    const { inputs, logits } = referenceCases(name).find((each) => each.name === 'padded')!;
    expect(largestDifference(model.logits(inputs).dataSync(), logits.data)).toBeLessThan(2e-5);

    const [adapter] = await model.saveAdapters(path.join(folder, 'adapter'));
    const { modules_to_save } = JSON.parse(readFileSync(path.join(adapter!.path, 'adapter_config.json'), 'utf8'));
    expect([...modules_to_save].sort()).toEqual([...saved].sort());
    const loaded = await assembleFolder(folder, adapter!.path);
    expect(largestDifference(loaded.logits(inputs).dataSync(), logits.data)).toBeLessThan(2e-5);
  });
});

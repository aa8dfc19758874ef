/** Model folders of families beside those that run: names of checkpoints, stacked parameters, models that nothing is known of. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { loadModelFacts } from '../../../server/checkpoint/model-facts.ts';
import { openCheckpoint } from '../../../server/checkpoint/model-folder.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { parse } from '../recipe/harness.ts';
import { temporaryFolder } from './safetensors/files.ts';

type Shapes = Record<string, number[]>;
const { small } = JSON.parse(readFileSync('test/fixtures/module-tables.json', 'utf8')) as {
  small: Record<string, { task: string; config: Record<string, unknown>; total: number; stored: Shapes }>;
};

/** A model folder of zeros. */
function folder(config: object, stored: Shapes): string {
  const dir = path.join(temporaryFolder(), 'model');
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'config.json'), JSON.stringify(config));
  const tensors = Object.entries(stored).map(([name, shape]) => ({
    name,
    shape,
    data: () => new Float32Array(shape.reduce((a, b) => a * b, 1)),
  }));
  writeSafetensors(path.join(dir, 'model.safetensors'), tensors);
  return dir;
}
const facts = (dir: string, task: string) => loadModelFacts(path.basename(dir), { cwd: path.dirname(dir), task });

test.each(Object.entries(small))('%s: config.json and weights agree', async (_, { task, config, total, stored }) => {
  const { problems, table } = await facts(folder(config, stored), task);
  expect(problems.filter(({ code }) => code !== 'preprocessor-missing')).toEqual([]);
  expect(table.totalParameters).toBe(total);
});

describe('where they disagree', () => {
  const { config, stored, task } = small.mixtral!;
  const found = async (change: object, shapes: Shapes = stored) =>
    (await facts(folder({ ...config, ...change }, shapes), task)).problems;

  it('names layers that config.json has not, as one finding', async () => {
    const layers = await found({ num_hidden_layers: 1 });
    expect(layers).toEqual([
      {
        code: 'config-disagrees',
        severity: 'warning',
        message: expect.stringMatching(
          /^The weights hold model\.layers\.1\.\S+, \S+, \S+ and 13 more, which config\.json does not/,
        ),
      },
    ]);
  });

  it('looks at experts one by one', async () => {
    const { 'model.layers.0.block_sparse_moe.experts.1.w2.weight': _, ...lacking } = stored;
    const wrong = { ...lacking, 'model.layers.1.block_sparse_moe.experts.2.w3.weight': [40, 25] };
    expect((await found({}, wrong)).map(({ message }) => message)).toEqual([
      expect.stringContaining('The weights lack model.layers.0.block_sparse_moe.experts.1.w2.weight'),
      expect.stringContaining('experts.2.w3.weight is [40,25] in model.safetensors, config.json implies [40,24]'),
    ]);
    expect((await found({ num_local_experts: 2 }))[0]).toMatchObject({ code: 'config-disagrees' });
  });

  it('passes over buffers and over heads of other tasks', async () => {
    const { config, stored, task } = small['gpt2-classifier']!;
    const more = {
      'transformer.h.0.attn.bias': [1, 1, 64, 64],
      'transformer.h.0.attn.masked_bias': [],
      'lm_head.weight': [96, 24],
    };
    expect((await facts(folder(config, { ...stored, ...more }), task)).problems).toEqual([]);
  });

  it('reports a norm that the config knows nothing of', async () => {
    const { config, stored, task } = small.qwen3!;
    const { problems } = await facts(folder({ ...config, model_type: 'mistral' }, stored), task);
    expect(problems[0]).toMatchObject({ code: 'config-disagrees', message: expect.stringContaining('q_norm.weight') });
  });
});

describe('a model of an unknown type', () => {
  const { config, stored, task } = small.qwen3!;
  const foreign = { ...config, model_type: 'nova9' };

  it('has the modules that its weights have', async () => {
    const found = await facts(folder(foreign, stored), task);
    expect(found).toMatchObject({
      hasWeights: true,
      table: { family: 'unknown', totalParameters: small.qwen3!.total },
    });
    expect(found.problems).toEqual([
      expect.objectContaining({ code: 'unknown-architecture', severity: 'information' }),
    ]);
  });

  it('is refused without weights, by its config.json', async () => {
    const dir = temporaryFolder();
    writeFileSync(path.join(dir, 'config.json'), JSON.stringify(foreign));
    await expect(facts(dir, task)).rejects.toThrow(
      expect.objectContaining({
        code: 'unsupported-architecture',
        field: 'model_type',
        file: path.join(dir, 'config.json'),
      }),
    );
  });

  it('is not trained: the error names the models that are', async () => {
    const dir = folder(foreign, stored);
    const text = `version: 1\nmodel: {path: ${JSON.stringify(dir)}}\nadapters: [{method: lora, target_modules: [q_proj]}]\ndata: {train: a.jsonl}`;
    await expect(assembleRecipe(parse(text).recipe!)).rejects.toThrow(
      expect.objectContaining({ code: 'model-not-runnable', hint: expect.stringMatching(/Llama.*RoBERTa/) }),
    );
  });
});

test('weights are found under the names of checkpoints', async () => {
  const checkpoint = await openCheckpoint(folder(small.vit!.config, small.vit!.stored));
  expect(checkpoint.info('vit.layers.1.attention.q_proj.weight')).toMatchObject({
    storedName: 'vit.encoder.layer.1.attention.attention.query.weight',
    shape: [24, 24],
  });
  expect(checkpoint.read('vit.layers.0.mlp.fc1.weight').shape).toEqual([40, 24]);
  checkpoint.close();
});

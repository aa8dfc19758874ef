/** What every method must pass on every family; a new method adds a row. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tensorHalf } from '../../../server/adapters/registry.ts';
import { moduleTable } from '../../../server/architectures/families.ts';
import { claimsOf } from '../../../server/budget/claims.ts';
import { readConfig } from '../../../server/checkpoint/model-folder.ts';
import { startEngine } from '../../../server/engine/index.ts';
import type { Recipe } from '../../../server/recipe/types.ts';
import {
  assembleRecipe as assembleWith,
  assembleFolder as folderWith,
} from '../../../server/training/assemble-recipe.ts';
import type { TrainableModel } from '../../../server/training/types.ts';
import { largestDifference, recipeFor, tiny } from '../models/tiny.ts';
import { jacobiFactors } from '../training/factors.ts';
import { batchOf, disturb, plainLoss, runLoss } from '../training/steps.ts';

/** Adapter entries by method; the targets exist in the family. */
const rows: [method: string, family: string, entries: string][] = [
  [
    'lora',
    'llama',
    '[{ method: lora, rank: 3, alpha: 6, target_modules: [q_proj, down_proj], rank_pattern: { q_proj: 5 }, alpha_pattern: { layers.1.self_attn.q_proj: 2 } }]',
  ],
  ['lora', 'roberta', '[{ method: lora, rank: 3, alpha: 6, target_modules: [query, output.dense] }]'],
  ['lora', 'bert', '[{ method: lora, rank: 2, use_rslora: true, target_modules: all-linear }]'],
  ['lora', 'roberta', '[{ method: lora, rank: 3, bias: all, target_modules: [query, output.dense] }]'],
  ['dora', 'bert', '[{ method: dora, rank: 3, bias: lora_only, target_modules: [query, dense] }]'],
  ['lora', 'llama-tied', '[{ method: lora, rank: 2, target_modules: [k_proj], modules_to_save: [embed_tokens] }]'],
  [
    'lora-xs',
    'llama',
    '[{ method: lora-xs, rank: 3, alpha: 6, init_std: 0, target_modules: [q_proj, down_proj], rank_pattern: { q_proj: 5 } }]',
  ],
  [
    'lora-xs',
    'roberta',
    '[{ method: lora-xs, rank: 3, init_std: 0, sigma_side: B, retain: bottom, target_modules: [query, output.dense] }]',
  ],
  ['lora-xs', 'bert', '[{ method: lora-xs, rank: 2, init_std: 0, init: random, target_modules: all-linear }]'],
  [
    'pissa',
    'llama',
    '[{ method: pissa, rank: 3, alpha: 6, target_modules: [q_proj, down_proj], rank_pattern: { q_proj: 5 }, alpha_pattern: { layers.1.self_attn.q_proj: 2 } }]',
  ],
  ['pissa', 'roberta', '[{ method: pissa, rank: 3, svd: randomized, target_modules: [query, output.dense] }]'],
  ['pissa', 'bert', '[{ method: pissa, rank: 2, target_modules: all-linear }]'],
  ['pissa', 'llama-tied', '[{ method: pissa, rank: 2, target_modules: [k_proj, lm_head] }]'],
  ['milora', 'llama', '[{ method: milora, rank: 3, alpha: 6, target_modules: [q_proj, down_proj] }]'],
  ['milora', 'roberta', '[{ method: milora, rank: 4, target_modules: [query, value] }]'],
  ['oft', 'llama', '[{ method: oft, block_size: 8, target_modules: [q_proj, down_proj] }]'],
  ['oft', 'roberta', '[{ method: oft, rank: 4, use_cayley_neumann: false, target_modules: [query, output.dense] }]'],
  [
    'oft',
    'bert',
    '[{ method: oft, block_size: 16, block_share: true, num_cayley_neumann_terms: 7, target_modules: all-linear }]',
  ],
  ['boft', 'llama', '[{ method: boft, block_size: 4, butterfly_factors: 3, target_modules: [q_proj, down_proj] }]'],
  ['boft', 'roberta', '[{ method: boft, block_size: 8, target_modules: [query, output.dense] }]'],
  ['boft', 'bert', '[{ method: boft, block_size: 2, butterfly_factors: 2, target_modules: all-linear }]'],
  ['svf', 'llama', '[{ method: svf, target_modules: [q_proj, v_proj, down_proj] }]'],
  ['svf', 'roberta', '[{ method: svf, form: renormalized, target_modules: [query, output.dense] }]'],
  ['svf', 'bert', '[{ method: svf, target_modules: all-linear }]'],
  ['svft', 'llama', '[{ method: svft, target_modules: [q_proj, v_proj, down_proj] }]'],
  ['svft', 'llama', '[{ method: svft, pattern: banded, off_diagonals: 2, target_modules: [q_proj, v_proj] }]'],
  [
    'svft',
    'llama',
    '[{ method: svft, pattern: top-k, num_coefficients: 40, gate: true, target_modules: [q_proj, down_proj] }]',
  ],
  ['svft', 'roberta', '[{ method: svft, pattern: random, off_diagonals: 1, target_modules: [query, output.dense] }]'],
  [
    'svft',
    'roberta',
    '[{ method: svft, pattern: banded, rank: 6, gate: true, rank_pattern: { value: 9 }, target_modules: [query, value, output.dense] }]',
  ],
  [
    'dora',
    'llama',
    '[{ method: dora, rank: 3, alpha: 6, target_modules: [q_proj, down_proj], rank_pattern: { q_proj: 5 }, alpha_pattern: { layers.1.self_attn.q_proj: 2 } }]',
  ],
  ['dora', 'roberta', '[{ method: dora, rank: 3, alpha: 6, use_rslora: true, target_modules: [query, output.dense] }]'],
  ['dora', 'bert', '[{ method: dora, rank: 2, init: orthogonal, target_modules: all-linear }]'],
  ['vera', 'llama', '[{ method: vera, rank: 12, target_modules: [q_proj, v_proj, down_proj] }]'],
  [
    'vera',
    'roberta',
    '[{ method: vera, rank: 80, d_initial: 0.5, save_projection: false, target_modules: [query, output.dense] }]',
  ],
  ['tied-lora', 'llama', '[{ method: tied-lora, rank: 3, alpha: 6, target_modules: [q_proj, o_proj] }]'],
  ['tied-lora', 'roberta', '[{ method: tied-lora, rank: 4, alpha_pattern: { query: 8 } }]'],
  ['tied-lora', 'bert', '[{ method: tied-lora, rank: 2, target_modules: [intermediate.dense] }]'],
  ['ia3', 'llama', '[{ method: ia3 }]'],
  ['ia3', 'roberta', '[{ method: ia3, target_modules: [query, output.dense] }]'],
  ['ia3', 'bert', '[{ method: ia3, target_modules: [key, dense], feedforward_modules: [attention.output.dense] }]'],
  ['bitfit', 'roberta', '[{ method: bitfit }]'],
  ['bitfit', 'bert', '[{ method: bitfit, target_modules: [query, output.dense], modules_to_save: [] }]'],
  ['adalora', 'llama', '[{ method: adalora, init_rank: 4, target_rank: 2, target_modules: [q_proj, down_proj] }]'],
  [
    'adalora',
    'roberta',
    '[{ method: adalora, init_rank: 3, target_rank: 2, orth_reg_weight: 0, alpha: 6, target_modules: [query, output.dense] }]',
  ],
  ['full', 'llama', '[{ method: full }]'],
  ['full', 'llama-tied', '[{ method: full }]'],
  ['full', 'roberta', '[{ method: full, target_modules: [value, LayerNorm] }]'],
  // Conv1D modules, whose files hold Wᵀ.
  ['lora', 'gpt2', '[{ method: lora, rank: 3, target_modules: [c_attn, mlp.c_proj], modules_to_save: [c_fc] }]'],
  ['lora', 'gpt2', '[{ method: lora, rank: 2, bias: lora_only, target_modules: [c_attn, mlp.c_proj] }]'],
  ['tied-lora', 'gpt2', '[{ method: tied-lora, rank: 3, target_modules: [c_attn] }]'],
  ['lora-xs', 'gpt2', '[{ method: lora-xs, rank: 3, init_std: 0, target_modules: [c_attn, mlp.c_proj] }]'],
  ['pissa', 'gpt2', '[{ method: pissa, rank: 3, target_modules: [c_attn, mlp.c_proj] }]'],
  ['milora', 'gpt2', '[{ method: milora, rank: 3, target_modules: [c_attn, mlp.c_proj] }]'],
  ['svf', 'gpt2', '[{ method: svf, target_modules: all-linear }]'],
  ['svft', 'gpt2', '[{ method: svft, pattern: banded, off_diagonals: 2, target_modules: [c_attn, mlp.c_proj] }]'],
  ['dora', 'gpt2', '[{ method: dora, rank: 3, target_modules: [c_attn, mlp.c_proj] }]'],
  ['vera', 'gpt2', '[{ method: vera, rank: 12, target_modules: [c_attn, mlp.c_proj] }]'],
  ['ia3', 'gpt2', '[{ method: ia3 }]'],
  ['bitfit', 'gpt2', '[{ method: bitfit }]'],
  ['adalora', 'gpt2', '[{ method: adalora, init_rank: 4, target_rank: 2, target_modules: [c_attn, mlp.c_proj] }]'],
  ['full', 'gpt2', '[{ method: full }]'],
  ['lora', 'gpt_neox', '[{ method: lora, rank: 2, target_modules: all-linear }]'],
];

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-methods-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

const factors = () => jacobiFactors([], path.join(scratch, 'home'));
const assembleRecipe = (recipe: Recipe) => assembleWith(recipe, { factors: factors() });
const assembleFolder = (model: string, adapter?: string) =>
  folderWith(model, adapter, 'stored', { factors: factors() });
const counted = (recipe: Recipe, name: string) => {
  const { claims, saved, biases } = claimsOf(recipe, moduleTable(readConfig(tiny(name)), recipe.model.task));
  return [...claims, ...saved, ...biases].reduce((sum, { trainable }) => sum + trainable, 0);
};

/** Methods that start from the base by way of a sum, a product or a quotient, which rounds. */
const rounds = (method: string): boolean => ['pissa', 'milora', 'dora', 'svf', 'svft'].includes(method);

/** AdaLoRA's term is in the loss of training alone. */
const penalised = ({ adapters }: Recipe): boolean => adapters.some(({ options }) => !!options.orth_reg_weight);

/** DoRA's norm is a constant in the gradient of A and B: its own test has that. */
const detached = (method: string, tensor: string): boolean => method === 'dora' && /lora_[AB]/.test(tensor);

describe.each(rows)('%s on %s', (method, name, entries) => {
  const recipe = recipeFor(name, entries);
  const folder = path.join(scratch, `${rows.findIndex((row) => row[2] === entries && row[1] === name)}`);
  const logitsOf = (model: TrainableModel) => model.logits(batchOf(name, model)).dataSync().slice();

  it('has a gradient for as many numbers as are counted', async () => {
    const model = await assembleRecipe(recipe);
    disturb(model.trainable);
    const { gradients } = runLoss(model, batchOf(name, model));
    const sizes = [...gradients.values()].map((gradient) => gradient.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(counted(recipe, name));
    expect(model.trainableParameters).toBe(counted(recipe, name));
    for (const [tensor, gradient] of gradients)
      expect(
        gradient.some((g) => g !== 0),
        tensor,
      ).toBe(true);
  });

  it('starts at the base model', async () => {
    const [start, base] = [logitsOf(await assembleRecipe(recipe)), logitsOf(await assembleFolder(tiny(name)))];
    expect(largestDifference(start, base)).toBeLessThanOrEqual(rounds(method) ? 2e-5 : 0);
  });

  it('has the gradient of finite differences', async () => {
    const model = await assembleRecipe(recipe);
    disturb(model.trainable);
    const inputs = batchOf(name, model);
    const { loss, gradients } = runLoss(model, inputs);
    const lossOf = penalised(recipe) ? () => runLoss(model, inputs).loss : () => plainLoss(model, inputs);
    expect(lossOf()).toBeCloseTo(loss, 6);
    // Along the gradient itself the slope is its norm; float32 losses leave about three digits.
    for (const [tensor, gradient] of gradients) {
      if (detached(method, tensor)) continue;
      const { data } = model.trainable.get(tensor)!;
      const norm = Math.hypot(...gradient);
      const start = data.slice();
      const step = 1e-2 / norm ** 0.5;
      const lossAt = (sign: number) => {
        for (let i = 0; i < data.length; i++) data[i] = start[i]! + (sign * step * gradient[i]!) / norm;
        return lossOf();
      };
      const slope = (lossAt(1) - lossAt(-1)) / (2 * step);
      data.set(start);
      if (norm > 1e-2) expect(Math.abs(slope / norm - 1), `${tensor}, norm ${norm}`).toBeLessThan(2e-2);
    }
  });

  it('saves and loads the same logits bit for bit, and merges and exports to the same within 5e-5', async () => {
    const model = await assembleRecipe(recipe);
    disturb(model.trainable);
    const trained = logitsOf(model);
    const merged = await model.saveModel(path.join(folder, 'model'));
    expect(largestDifference(logitsOf(await assembleFolder(merged)), trained)).toBeLessThan(5e-5);
    if (model.result === 'model') return;
    const target = path.join(folder, 'lora');
    if ('plain' in tensorHalf(method)) {
      const { path: plain, exact } = await model.exportLora(target);
      expect(exact).toBe(true);
      rmSync(path.join(plain, 'rankwise.json'), { force: true });
      expect(largestDifference(logitsOf(await assembleFolder(tiny(name), plain)), trained)).toBeLessThan(5e-5);
    } else await expect(model.exportLora(target)).rejects.toMatchObject({ code: 'no-plain-lora' });
    const [saved] = await model.saveAdapters(folder);
    expect(largestDifference(logitsOf(await assembleFolder(tiny(name), saved!.path)), trained)).toBe(0);
    const again = await assembleRecipe(recipeFor(name, `[{ path: ${saved!.path} }]`));
    expect([...again.trainable.keys()].sort()).toEqual([...model.trainable.keys()].sort());
    for (const [tensor, { data }] of model.trainable) expect(again.trainable.get(tensor)!.data).toEqual(data);
  });

  it('starts from the same bits for the same seed', async () => {
    const [one, two] = [await assembleRecipe(recipe), await assembleRecipe(recipe)];
    expect([...two.trainable]).toEqual([...one.trainable]);
  });
});

describe('two entries in one recipe', () => {
  const entries =
    '[{ name: attention, method: lora, rank: 2, target_modules: [query] }, { name: mlp, method: lora, rank: 4, alpha: 8, target_modules: [intermediate.dense] }]';

  it('train together and are saved as two folders that work together', async () => {
    const recipe = recipeFor('roberta', entries);
    const model = await assembleRecipe(recipe);
    disturb(model.trainable);
    const inputs = batchOf('roberta', model);
    expect(runLoss(model, inputs).gradients.size).toBe(2 * 2 * 2 + 4);
    const trained = model.logits(inputs).dataSync().slice();
    const saved = await model.saveAdapters(path.join(scratch, 'two'));
    expect(saved.map(({ name }) => name)).toEqual(['attention', 'mlp']);
    const together = await assembleFolder(tiny('roberta'), path.join(scratch, 'two', 'adapter'));
    expect(largestDifference(together.logits(inputs).dataSync(), trained)).toBe(0);
  });

  it('may have different methods', async () => {
    const mixed =
      '[{ method: lora-xs, rank: 2, target_modules: [query] }, { method: pissa, rank: 3, target_modules: [value] }, { method: lora, target_modules: [key] }]';
    const model = await assembleRecipe(recipeFor('roberta', mixed));
    disturb(model.trainable);
    const inputs = batchOf('roberta', model);
    const trained = model.logits(inputs).dataSync().slice();
    const saved = await model.saveAdapters(path.join(scratch, 'mixed'));
    expect(saved.map(({ name }) => name)).toEqual(['lora-xs', 'pissa', 'lora']);
    const together = await assembleFolder(tiny('roberta'), path.join(scratch, 'mixed', 'adapter'));
    expect(largestDifference(together.logits(inputs).dataSync(), trained)).toBe(0);
    const plain = await assembleFolder(
      tiny('roberta'),
      (await model.exportLora(path.join(scratch, 'mixed-lora'))).path,
    );
    expect(largestDifference(plain.logits(inputs).dataSync(), trained)).toBeLessThan(5e-5);
  });

  it('may share nothing but the model', async () => {
    const mixed =
      '[{ method: dora, rank: 2, target_modules: [query] }, { method: vera, rank: 8, target_modules: [value, intermediate.dense] },' +
      '{ name: other, method: vera, rank: 4, projection_seed: 1, target_modules: [attention.output.dense] },' +
      '{ method: ia3, target_modules: [key] }, { method: bitfit, target_modules: [LayerNorm] },' +
      '{ method: tied-lora, rank: 2, target_modules: [layer.0.output.dense] },' +
      '{ name: tied, method: tied-lora, rank: 3, target_modules: [layer.1.output.dense] }]';
    const model = await assembleRecipe(recipeFor('roberta', mixed));
    disturb(model.trainable);
    const inputs = batchOf('roberta', model);
    const trained = model.logits(inputs).dataSync().slice();
    await model.saveAdapters(path.join(scratch, 'unlike'));
    const together = await assembleFolder(tiny('roberta'), path.join(scratch, 'unlike', 'adapter'));
    expect(largestDifference(together.logits(inputs).dataSync(), trained)).toBe(0);
    const merged = await assembleFolder(await model.saveModel(path.join(scratch, 'unlike-model')));
    expect(largestDifference(merged.logits(inputs).dataSync(), trained)).toBeLessThan(5e-5);
  });
});

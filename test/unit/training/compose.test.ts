/** Composed adapters: their change of W is the weighted sum of those that they are made of, in every form that claims it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostTensor } from '../../../server/base/tensor.ts';
import { openCheckpoint } from '../../../server/checkpoint/model-folder.ts';
import { commonBase } from '../../../server/checkpoint/saved-base.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { composeAdapters } from '../../../server/training/compose.ts';
import { readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { jacobiFactors } from './factors.ts';
import { disturb } from './steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-compose-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));
const factors = jacobiFactors([], path.join(scratch, 'home'));
let count = 0;
const fresh = () => path.join(scratch, String(count++));

/** A trained adapter; another `size` gives other numbers. */
async function trained(entry: string, size: number, name = 'llama'): Promise<string> {
  const model = await assembleRecipe(recipeFor(name, `[${entry}]`), { factors });
  disturb(model.trainable, size);
  return (await model.saveAdapters(fresh()))[0]!.path;
}

/** Weights of the base with an adapter merged in. */
async function merged(adapter: string | undefined, name = 'llama'): Promise<Map<string, HostTensor>> {
  const model = await assembleFolder(tiny(name), adapter, 'stored', { factors });
  return readTensors(path.join(await model.saveModel(fresh()), 'model.safetensors'));
}

interface More {
  combine?: 'cat' | 'svd' | 'linear';
  rank?: number;
  energy?: number;
  name?: string;
}

async function compose(adapters: string[], weights: number[], { name = 'llama', ...more }: More = {}) {
  const checkpoint = await openCheckpoint(tiny(name));
  try {
    const sources = adapters.map((adapter, i) => ({ adapter, weight: weights[i]! }));
    const { signal } = new AbortController();
    return await composeAdapters(checkpoint, { model: tiny(name), sources, target: fresh(), factors, signal, ...more });
  } finally {
    checkpoint.close();
  }
}

/** Largest |merged(composed) − (W + Σ wᵢ·ΔWᵢ)|, and the largest change. */
async function furthest(composed: string, adapters: string[], weights: number[], name = 'llama') {
  const base = await merged(undefined, name);
  const parts = await Promise.all(adapters.map((adapter) => merged(adapter, name)));
  let [most, change] = [0, 0];
  for (const [key, { data }] of await merged(composed, name)) {
    const w = base.get(key)!.data;
    data.forEach((value, i) => {
      const sum = parts.reduce((all, part, p) => all + weights[p]! * (part.get(key)!.data[i]! - w[i]!), w[i]!);
      most = Math.max(most, Math.abs(value - sum));
      change = Math.max(change, Math.abs(sum - w[i]!));
    });
  }
  return { most, change };
}

const config = (adapter: string) => JSON.parse(readFileSync(path.join(adapter, 'adapter_config.json'), 'utf8'));
const q = 'target_modules: [q_proj, v_proj]';
const v = 'target_modules: [v_proj, down_proj]';

describe.each([
  ['lora', `{ method: lora, rank: 2, ${q} }`, `{ method: lora, rank: 3, alpha: 5, use_rslora: true, ${v} }`, 'lora'],
  ['pissa and milora', `{ method: pissa, rank: 2, ${q} }`, `{ method: milora, rank: 3, ${v} }`, 'lora'],
  ['lora-xs and adalora', `{ method: lora-xs, rank: 4, ${q} }`, `{ method: adalora, init_rank: 3, ${v} }`, 'lora'],
  ['vera and svf', `{ method: vera, rank: 5, ${q} }`, `{ method: svf, ${v} }`, 'lora'],
  ['svf', `{ method: svf, ${q} }`, `{ method: svf, ${v} }`, 'svf'],
  ['svft', `{ method: svft, ${q} }`, `{ method: svft, gate: true, ${v} }`, 'svft'],
  ['svft bands', `{ method: svft, pattern: banded, ${q} }`, `{ method: svft, ${v} }`, 'svft'],
  [
    'svft places',
    `{ method: svft, pattern: top-k, num_coefficients: 9, ${q} }`,
    `{ method: svft, pattern: random, gate: true, ${v} }`,
    'svft',
  ],
  [
    'truncated svft',
    `{ method: svft, rank: 6, pattern: random, num_coefficients: 7, ${q} }`,
    `{ method: svft, rank: 6, pattern: banded, ${v} }`,
    'svft',
  ],
  ['svf of two forms', `{ method: svf, ${q} }`, `{ method: svf, form: renormalized, ${v} }`, 'lora'],
  [
    'tied-lora',
    '{ method: tied-lora, rank: 3, target_modules: [q_proj, o_proj] }',
    '{ method: tied-lora, rank: 2, target_modules: [v_proj] }',
    'lora',
  ],
  [
    'lora with biases',
    '{ method: lora, rank: 2, bias: all, target_modules: [query] }',
    '{ method: lora, rank: 3, bias: lora_only, target_modules: [query, value] }',
    'lora',
    'roberta',
  ],
  ['bitfit', '{ method: bitfit }', '{ method: bitfit, target_modules: [query, value] }', 'bitfit', 'roberta'],
])('%s', (_name, a, b, method, model = 'llama') => {
  test('is exact by default', async () => {
    const modules = model === 'roberta' ? ', modules_to_save: [] }' : ' }';
    const sources = await Promise.all([
      trained(a.replace(/ }$/, modules), 0.05, model),
      trained(b.replace(/ }$/, modules), 0.03, model),
    ]);
    const weights = [0.7, -1.3];
    const { path: composed, exact, method: made } = await compose(sources, weights, { name: model });
    expect([exact, made]).toEqual([true, method]);
    const { most, change } = await furthest(composed, sources, weights, model);
    expect(change).toBeGreaterThan(1e-3);
    expect(most).toBeLessThan(2e-5);
  });
});

describe('with --combine', () => {
  const pair = async () =>
    Promise.all([trained(`{ method: lora, rank: 2, ${q} }`, 0.05), trained(`{ method: lora, rank: 2, ${q} }`, 0.03)]);

  test('cat has the ranks of both, also of methods with a form of their own', async () => {
    const { path: composed } = await compose(await pair(), [1, 1], { combine: 'cat' });
    expect(config(composed)).toMatchObject({ peft_type: 'LORA', r: 4, lora_alpha: 4 });
    const svf = await Promise.all([trained(`{ method: svf, ${q} }`, 0.05), trained(`{ method: svf, ${q} }`, 0.03)]);
    const both = await compose(svf, [1, 2], { combine: 'cat' });
    expect(both).toMatchObject({ exact: true, method: 'lora' });
    expect((await furthest(both.path, svf, [1, 2])).most).toBeLessThan(2e-5);
  });

  test('svd keeps the rank of the largest, and says what is lost', async () => {
    const sources = await pair();
    expect(config((await compose(sources, [1, 1], { combine: 'svd' })).path).r).toBe(2);
    const cut = await compose(sources, [1, 1], { rank: 1 });
    expect([cut.exact, config(cut.path).r]).toEqual([false, 1]);
    expect(cut.retainedEnergy).toBeGreaterThan(0.5);
    expect(cut.retainedEnergy).toBeLessThan(1);
    const { most, change } = await furthest(cut.path, sources, [1, 1]);
    expect(most).toBeGreaterThan(1e-4);
    expect(most).toBeLessThan(change);
    const whole = await compose(sources, [1, 1], { energy: 1 });
    expect((await furthest(whole.path, sources, [1, 1])).most).toBeLessThan(2e-5);
  });

  test("linear is PEFT's: factors summed with the roots of weights, the sign on A", async () => {
    const sources = await pair();
    const { path: composed, exact } = await compose(sources, [0.5, -2], { combine: 'linear' });
    expect([exact, config(composed).r]).toEqual([false, 2]);
    const tensors = [...sources, composed].map((dir) => readTensors(path.join(dir, 'adapter_model.safetensors')));
    const key = 'base_model.model.model.layers.0.self_attn.q_proj.lora_';
    for (const [of, sign] of [
      ['A', -1],
      ['B', 1],
    ] as const) {
      const [one, other, sum] = tensors.map((all) => all.get(`${key}${of}.weight`)!.data);
      sum!.forEach((value, i) => {
        expect(value).toBeCloseTo(Math.SQRT1_2 * one![i]! + sign * Math.SQRT2 * other![i]!, 6);
      });
    }
  });

  test('linear needs equal ranks, and a bound is for svd', async () => {
    const sources = [
      await trained(`{ method: lora, rank: 2, ${q} }`, 0.05),
      await trained(`{ method: lora, rank: 3, ${v} }`, 0.1),
    ];
    await expect(compose(sources, [1, 1], { combine: 'linear' })).rejects.toMatchObject({
      code: 'ranks-differ',
      message: expect.stringContaining('2 and 3'),
    });
    await expect(compose(sources, [1, 1], { combine: 'cat', rank: 2 })).rejects.toMatchObject({
      code: 'bound-not-used',
    });
  });

  test('a method that only bends W is composed by svd within a bound', async () => {
    const sources = [
      await trained(`{ method: dora, rank: 2, ${q} }`, 0.05),
      await trained(`{ method: lora, rank: 2, ${v} }`, 0.05),
    ];
    for (const more of [{}, { combine: 'cat' }, { combine: 'svd' }] as More[])
      await expect(compose(sources, [1, 1], more)).rejects.toMatchObject({
        code: 'no-plain-lora',
        hint: expect.stringContaining('--combine svd'),
      });
    const whole = await compose(sources, [0.5, 2], { energy: 1 });
    expect((await furthest(whole.path, sources, [0.5, 2])).most).toBeLessThan(2e-5);
  });
});

test('renormalised svf is composed by z, and says that this is not the sum', async () => {
  const entry = `{ method: svf, form: renormalized, ${q} }`;
  const sources = [await trained(entry, 0.05), await trained(entry, 0.03)];
  const { path: composed, exact } = await compose(sources, [0.25, 0.5]);
  expect(exact).toBe(false);
  const [a, b, sum] = [...sources, composed].map((dir) => readTensors(path.join(dir, 'adapter_model.safetensors')));
  for (const [key, { data }] of sum!)
    data.forEach((z, i) => {
      expect(z).toBeCloseTo(1 + 0.25 * (a!.get(key)!.data[i]! - 1) + 0.5 * (b!.get(key)!.data[i]! - 1), 6);
    });
  expect(config(composed)).toMatchObject({ peft_type: 'SVF', form: 'renormalized' });
});

test('a composed adapter is composed again', async () => {
  const sources = [
    await trained(`{ method: svft, pattern: random, num_coefficients: 5, ${q} }`, 0.05),
    await trained(`{ method: svft, pattern: banded, ${v} }`, 0.03),
  ];
  const { path: first } = await compose(sources, [1, 1]);
  const { path: second } = await compose([first, sources[0]!], [2, -1]);
  const { most } = await furthest(second, sources, [1, 2]);
  expect(most).toBeLessThan(2e-5);
});

test('heads are kept where they are equal, and refused where they differ', async () => {
  const entry = '{ method: lora, rank: 2, target_modules: [query] }';
  const a = await trained(entry, 0.05, 'roberta');
  const b = await trained(entry, 0.03, 'roberta');
  const { path: composed } = await compose([a, a], [0.5, 0.5], { name: 'roberta' });
  const key = 'base_model.model.classifier.dense.weight';
  const [kept, own] = [composed, a].map((dir) => readTensors(path.join(dir, 'adapter_model.safetensors')).get(key));
  expect(kept).toEqual(own);
  expect(config(composed)).toMatchObject({ modules_to_save: ['classifier'], task_type: 'SEQ_CLS' });
  await expect(compose([a, b], [1, 1], { name: 'roberta' })).rejects.toMatchObject({ code: 'heads-differ' });
});

test('adapters of different bases are refused with both hashes; unrecorded ones by the models that they name', async () => {
  const a = await trained(`{ method: lora, rank: 2, ${q} }`, 0.05);
  const other = fresh();
  cpSync(a, other, { recursive: true });
  const file = path.join(other, 'rankwise.json');
  const own = JSON.parse(readFileSync(file, 'utf8'));
  const hashes = [own.base_weights.sha256, 'f'.repeat(64)];
  writeFileSync(file, JSON.stringify({ base_weights: { ...own.base_weights, sha256: hashes[1] } }));
  for (const model of [undefined, tiny('llama')])
    expect(() => commonBase([a, other], model)).toThrow(
      expect.objectContaining({
        code: 'different-bases',
        message: expect.stringMatching(new RegExp(`${hashes[0]}.*${hashes[1]}`)),
      }),
    );
  await expect(compose([other], [1])).rejects.toMatchObject({ code: 'wrong-base' });
  rmSync(file);
  expect(commonBase([a, other])).toBe(tiny('llama'));
  const named = path.join(other, 'adapter_config.json');
  writeFileSync(named, readFileSync(named, 'utf8').replace(tiny('llama'), 'org/else'));
  expect(() => commonBase([a, other])).toThrow(expect.objectContaining({ code: 'different-bases' }));
  expect(commonBase([a, other], tiny('llama'))).toBe(tiny('llama'));
});

test('bitfit and lora have no common form', async () => {
  const more = 'modules_to_save: []';
  const a = await trained(`{ method: bitfit, ${more} }`, 0.05, 'roberta');
  const b = await trained(`{ method: lora, target_modules: [query], ${more} }`, 0.05, 'roberta');
  await expect(compose([a, b], [1, 1], { name: 'roberta' })).rejects.toMatchObject({ code: 'not-composable' });
});

/** What methods take from a decomposition of W, and how their saved adapters are read. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loraXs } from '../../../server/adapters/lora-xs.ts';
import { milora } from '../../../server/adapters/milora.ts';
import { pissa } from '../../../server/adapters/pissa.ts';
import type { MatrixSite } from '../../../server/adapters/types.ts';
import { Random } from '../../../server/base/random.ts';
import type { HostTensor } from '../../../server/base/tensor.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { fixture, largestDifference, readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { jacobi, jacobiFactors } from '../training/factors.ts';
import { batchOf, disturb } from '../training/steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-spectral-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));
let count = 0;

const name = 'model.layers.0.self_attn.v_proj';
const w = readTensors(path.join(tiny('llama'), 'model.safetensors')).get(`${name}.weight`)!;
const [m, n] = w.shape as [number, number];
const svd = jacobi({ rows: m, columns: n, data: w.data });
const site = (options: Record<string, unknown>, rank = 4): MatrixSite => ({
  name,
  m,
  n,
  settings: { rank, alpha: 2 * rank, options },
});
const weight = () => w;
const random = () => Random.seeded(3, name);

/** b·a in double precision. */
function product(b: HostTensor, a: HostTensor): Float64Array {
  const [rows, inner, columns] = [b.shape[0]!, b.shape[1]!, a.shape[1]!];
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum += b.data[Math.floor(at / columns) * inner + k]! * a.data[k * columns + (at % columns)]!;
    return sum;
  });
}

describe('lora-xs', () => {
  const options = { init_std: 1e-5, sigma_side: 'A', retain: 'top', init: 'svd' };
  const reference = readTensors(fixture('traces', 'llama', 'loraxs', 'frozen.safetensors'));

  it.each([
    ['A', 'loraxs'],
    ['B', 'loraxs_sigmaB'],
  ])("has the reference's factors but for signs, Σ on the side of %s", (sigma_side, trace) => {
    const theirs = readTensors(fixture('traces', 'llama', trace, 'frozen.safetensors'));
    const { frozen } = loraXs.init(site({ ...options, sigma_side }), weight, random(), svd);
    for (const side of ['A', 'B'] as const) {
      expect(frozen[side]!.shape).toEqual(theirs.get(`${name}.${side}`)!.shape);
      const magnitudes = (x: HostTensor) => x.data.map(Math.abs);
      expect(largestDifference(magnitudes(frozen[side]!), magnitudes(theirs.get(`${name}.${side}`)!))).toBeLessThan(
        1e-5,
      );
    }
    expect(
      largestDifference(
        product(frozen.B!, frozen.A!),
        product(reference.get(`${name}.B`)!, reference.get(`${name}.A`)!),
      ),
    ).toBeLessThan(1e-5);
  });

  it('takes the smallest triplets where it is to, of the whole decomposition', () => {
    const bottom = site({ ...options, retain: 'bottom' });
    expect(loraXs.decomposition!(bottom)).toEqual({ kind: 'full' });
    const { A } = loraXs.init(bottom, weight, random(), svd).frozen;
    const norms = Array.from({ length: 4 }, (_, i) => Math.hypot(...A!.data.slice(i * n, (i + 1) * n)));
    expect(largestDifference(norms, svd.s.slice(-4))).toBeLessThan(1e-5);
  });

  it('asks for the leading triplets, and for nothing where it needs none', () => {
    expect(loraXs.decomposition!(site(options))).toEqual({ kind: 'truncated', rank: 4, iterations: 10 });
    expect(loraXs.decomposition!(site({ ...options, init: 'random' }))).toBeUndefined();
    expect(loraXs.decomposition!(site(options), {})).toBeUndefined();
  });

  it('draws R with the deviation that is asked for', () => {
    const { R } = loraXs.init(site({ ...options, init_std: 0.5 }, 30), weight, random(), svd).trainable;
    expect(Math.hypot(...R!.data) / 30).toBeCloseTo(0.5, 1);
    const still = loraXs.init(site({ ...options, init_std: 0 }), weight, random(), svd).trainable.R!;
    expect(Math.max(...still.data.map(Math.abs))).toBe(0);
  });
});

describe('pissa and milora', () => {
  const full = { svd: 'full', niter: 4 };

  it("pissa has PEFT's start but for signs, and PEFT's base", () => {
    const { trainable, base } = pissa.init(site(full), weight, random(), svd);
    const theirs = readTensors(fixture('traces', 'llama', 'pissa', 'adapter_before', 'adapter_model.safetensors'));
    const of = (side: string) => theirs.get(`base_model.model.${name}.lora_${side}.weight`)!;
    expect(largestDifference(trainable.A!.data.map(Math.abs), of('A').data.map(Math.abs))).toBeLessThan(1e-5);
    expect(largestDifference(trainable.B!.data.map(Math.abs), of('B').data.map(Math.abs))).toBeLessThan(1e-5);
    const residual = readTensors(fixture('traces', 'llama', 'pissa', 'base_residual.safetensors')).get(
      `${name}.weight`,
    )!;
    expect(largestDifference(base!.data, residual.data)).toBeLessThan(1e-5);
  });

  it.each(['top', 'bottom'] as const)(
    'what they train is the %s of W, whatever alpha, and merges to W at the start',
    (which) => {
      const half = which === 'top' ? pissa : milora;
      const at = site(full);
      const state = half.init(at, weight, random(), svd);
      const s = which === 'top' ? svd.s.slice(0, 4) : svd.s.slice(-4);
      const taken = product(state.trainable.B!, state.trainable.A!);
      expect(2 * Math.hypot(...taken)).toBeCloseTo(Math.hypot(...s), 4);
      expect(largestDifference(half.merge(state.base!, state, at).data, w.data)).toBeLessThan(1e-6);
      expect(half.decomposition!(at)).toEqual({ kind: 'full' });
    },
  );

  it('pissa passes on how a randomized decomposition is to be made', () => {
    const randomized = { svd: 'randomized', niter: 7 };
    expect(pissa.decomposition!(site(randomized))).toEqual({ kind: 'truncated', rank: 4, iterations: 7 });
    expect(pissa.decomposition!(site({ ...randomized, oversampling: 5 }))).toMatchObject({ oversampling: 5 });
  });

  it.each([
    ['pissa', ', rank_pattern: { layers.0.self_attn.q_proj: 5 }, alpha_pattern: { layers.1.self_attn.v_proj: 3 }'],
    ['milora', ''],
  ])('%s is saved as a plain LoRA of twice the rank, for the unchanged base', async (method, more) => {
    const entries = `[{ method: ${method}, rank: 3, alpha: 9, target_modules: [q_proj, v_proj]${more} }]`;
    const model = await assembleRecipe(recipeFor('llama', entries), { factors: jacobiFactors() });
    disturb(model.trainable);
    const inputs = batchOf('llama', model);
    const trained = model.logits(inputs).dataSync().slice();
    const [saved] = await model.saveAdapters(path.join(scratch, String(count++)));
    const config = JSON.parse(readFileSync(path.join(saved!.path, 'adapter_config.json'), 'utf8'));
    expect(config).toMatchObject({ peft_type: 'LORA', r: 6, lora_alpha: 18, init_lora_weights: true });
    // Without our file it is what other readers see.
    rmSync(path.join(saved!.path, 'rankwise.json'));
    const plain = await assembleFolder(tiny('llama'), saved!.path);
    expect(plain.trainableParameters).toBe(2 * model.trainableParameters);
    expect(largestDifference(plain.logits(inputs).dataSync(), trained)).toBeLessThan(2e-5);
  });

  it("goes on from PEFT's own pissa, and saves what it started from", async () => {
    const theirs = fixture('traces', 'llama', 'pissa', 'adapter_after');
    const asked: string[] = [];
    const model = await assembleFolder(tiny('llama'), theirs, 'stored', { factors: jacobiFactors(asked) });
    expect(asked).toHaveLength(4);
    const inputs = batchOf('llama', model);
    const [saved] = await model.saveAdapters(path.join(scratch, String(count++)));
    const again = await assembleFolder(tiny('llama'), saved!.path);
    expect(largestDifference(again.logits(inputs).dataSync(), model.logits(inputs).dataSync())).toBe(0);
    expect([...again.trainable]).toEqual([...model.trainable]);
  });

  it.each([
    ['no object', '[]', 'bad-adapter-config'],
    ['no method', '{}', 'bad-adapter-config'],
    ['an unknown method', '{"peft_type": "CORDA"}', 'unsupported-adapter'],
    ['another rank', '{"peft_type": "PISSA", "r": 2}', 'bad-adapter'],
    ['a rank below 1', '{"peft_type": "MILORA", "r": -1}', 'bad-adapter-config'],
  ])('a rankwise.json that says %s is refused', async (_what, text, code) => {
    const recipe = recipeFor('llama', '[{ method: pissa, rank: 3, target_modules: [v_proj] }]');
    const model = await assembleRecipe(recipe, { factors: jacobiFactors() });
    const [saved] = await model.saveAdapters(path.join(scratch, String(count++)));
    writeFileSync(path.join(saved!.path, 'rankwise.json'), text);
    await expect(assembleFolder(tiny('llama'), saved!.path)).rejects.toMatchObject({ code });
  });
});

describe('a saved lora-xs adapter that is not whole is refused with the tensor', () => {
  const key = `base_model.model.${name}`;
  const zeros = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  type Change = (tensors: Map<string, HostTensor>, config: Record<string, unknown>) => void;
  it.each<[string, Change, string]>([
    ['without a frozen factor', (t) => t.delete(`${key}.lora_A.weight`), 'bad-adapter'],
    ['without R', (t) => t.delete(`${key}.lora_R.weight`), 'bad-adapter'],
    ['with an R of another rank', (t) => t.set(`${key}.lora_R.weight`, zeros(3, 3)), 'bad-adapter'],
    ['with a transposed factor', (t) => t.set(`${key}.lora_B.weight`, zeros(2, m)), 'bad-adapter'],
    ['with a stranger', (t) => t.set(`${key}.lora_E.weight`, zeros(1)), 'bad-adapter'],
    ['with a rank of no number', (_, config) => Object.assign(config, { r: '2; rm' }), 'bad-adapter-config'],
  ])('%s', async (_what, change, code) => {
    const model = await assembleRecipe(recipeFor('llama', '[{ method: lora-xs, rank: 2, target_modules: [v_proj] }]'), {
      factors: jacobiFactors(),
    });
    disturb(model.trainable);
    const folder = path.join(scratch, String(count++));
    const [saved] = await model.saveAdapters(folder);
    const broken = `${saved!.path}-broken`;
    cpSync(saved!.path, broken, { recursive: true });
    const [config, weights] = ['adapter_config.json', 'adapter_model.safetensors'].map((file) =>
      path.join(broken, file),
    );
    const tensors = readTensors(weights!);
    const fields = JSON.parse(readFileSync(config!, 'utf8')) as Record<string, unknown>;
    change(tensors, fields);
    writeSafetensors(
      weights!,
      [...tensors].map(([tensor, { shape, data }]) => ({ name: tensor, shape, data: () => data })),
    );
    writeFileSync(config!, JSON.stringify(fields));
    await expect(assembleFolder(tiny('llama'), saved!.path)).resolves.toBeDefined();
    await expect(assembleFolder(tiny('llama'), broken)).rejects.toMatchObject({ code });
  });
});

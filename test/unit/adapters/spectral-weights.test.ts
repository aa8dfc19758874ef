/** SVF and SVFT: where M's entries lie, what they make of W, and how their files are read. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { svf } from '../../../server/adapters/svf.ts';
import { svft } from '../../../server/adapters/svft.ts';
import type { MatrixSite } from '../../../server/adapters/types.ts';
import { Random } from '../../../server/base/random.ts';
import type { HostTensor } from '../../../server/base/tensor.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { fixture, largestDifference, readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { jacobi, jacobiFactors } from '../training/factors.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-svft-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

const name = 'model.layers.0.self_attn.v_proj';
const w = readTensors(path.join(tiny('llama'), 'model.safetensors')).get(`${name}.weight`)!;
const [m, n] = w.shape as [number, number];
const svd = jacobi({ rows: m, columns: n, data: w.data });
const k = Math.min(m, n);
const site = (options: Record<string, unknown>, rank = 0): MatrixSite => ({
  name,
  m,
  n,
  settings: { rank, alpha: 1, options: { pattern: 'plain', off_diagonals: 2, gate: false, init: 'zero', ...options } },
});
const start = (at: MatrixSite, seed = 3) => svft.init(at, () => w, Random.seeded(seed, name), svd);
const places = ({ rows, columns }: Record<string, HostTensor>) =>
  Array.from(rows!.data, (row, i) => row * k + columns!.data[i]!);

it("has the reference's factors but for signs", () => {
  const theirs = readTensors(fixture('traces', 'llama', 'svft_plain', 'frozen.safetensors'));
  const { U, S, Vt } = start(site({})).frozen;
  expect(largestDifference(S!.data, theirs.get(`${name}.S`)!.data)).toBeLessThan(1e-5);
  const magnitudes = (x: HostTensor) => x.data.map(Math.abs);
  expect(largestDifference(magnitudes(U!), magnitudes(theirs.get(`${name}.U`)!))).toBeLessThan(1e-4);
  expect(largestDifference(magnitudes(Vt!), magnitudes(theirs.get(`${name}.Vh`)!))).toBeLessThan(1e-4);
});

describe('places', () => {
  it('at random are distinct, spread over all of M, and those of the seed', () => {
    const many = places(start(site({ pattern: 'random', num_coefficients: 400 })).frozen);
    expect(new Set(many).size).toBe(400);
    const mean = many.reduce((sum, place) => sum + place, 0) / 400;
    expect(Math.abs(mean / (k * k) - 0.5)).toBeLessThan(0.06);
    expect(places(start(site({ pattern: 'random', num_coefficients: 400 })).frozen)).toEqual(many);
    expect(places(start(site({ pattern: 'random', num_coefficients: 400 }), 4).frozen)).not.toEqual(many);
    const all = places(start(site({ pattern: 'random', num_coefficients: k * k })).frozen);
    expect(all).toEqual(Array.from({ length: k * k }, (_, i) => i));
  });

  it('of top-k are those of largest |uᵢ·vⱼ| in the first min(m, n) components', () => {
    const alignment = Array.from({ length: k * k }, (_, at) => {
      const [i, j] = [Math.floor(at / k), at % k];
      let sum = 0;
      for (let t = 0; t < k; t++) sum += svd.u.data[t * k + i]! * svd.vt.data[j * n + t]!;
      return Math.abs(sum);
    });
    const best = alignment.map((_, at) => at).sort((a, b) => alignment[b]! - alignment[a]!);
    const taken = places(start(site({ pattern: 'top-k', num_coefficients: 50 })).frozen);
    expect(taken).toEqual(best.slice(0, 50).sort((a, b) => a - b));
  });
});

describe('start', () => {
  it("is zero, or with variance 2 / entries as the authors' code has it", () => {
    expect(Math.max(...start(site({ pattern: 'banded' })).trainable.M!.data.map(Math.abs))).toBe(0);
    const { M } = start(site({ pattern: 'random', num_coefficients: 900, init: 'reference' })).trainable;
    expect(Math.hypot(...M!.data)).toBeGreaterThan(0.9 * Math.SQRT2);
    expect(Math.hypot(...M!.data)).toBeLessThan(1.1 * Math.SQRT2);
  });

  it('asks for the leading triplets alone where M is to be smaller than W allows', () => {
    expect(svft.decomposition!(site({}, 5))).toEqual({ kind: 'truncated', rank: 5 });
    expect(svft.decomposition!(site({}, k))).toEqual({ kind: 'full' });
    expect(svft.decomposition!(site({}), {})).toEqual({ kind: 'full' });
  });
});

describe('weights', () => {
  /** uᵢ vⱼᵀ */
  const outer = (i: number, j: number) =>
    Float64Array.from(
      { length: m * n },
      (_, at) => svd.u.data[Math.floor(at / n) * k + i]! * svd.vt.data[j * n + (at % n)]!,
    );

  it('one entry of M adds its multiple of uᵢ·vⱼᵀ, through the gate', () => {
    const at = site({ pattern: 'random', num_coefficients: 9, gate: true });
    const state = start(at);
    state.trainable.M!.data[4] = 3;
    state.trainable.gate!.data[0] = Math.log(2);
    const [row, column] = [state.frozen.rows!.data[4]!, state.frozen.columns!.data[4]!];
    const expected = outer(row, column).map((value, i) => w.data[i]! + 2 * value);
    expect(largestDifference(svft.merge(w, state, at).data, expected)).toBeLessThan(2e-6);
  });

  it('with fewer triplets the rest of W stays', () => {
    const at = site({ pattern: 'banded', off_diagonals: 1 }, 4);
    const small = { ...svd, ...jacobiLeading(4) };
    const state = svft.init(at, () => w, Random.seeded(1), small);
    expect(svft.merge(w, state, at).data).toEqual(w.data);
    state.trainable.M!.data[1] = 0.5;
    const expected = outer(0, 1).map((value, i) => w.data[i]! + 0.5 * value);
    expect(largestDifference(svft.merge(w, state, at).data, expected)).toBeLessThan(1e-6);
  });

  it('svf renormalised keeps the sum of the singular values', () => {
    const at = { ...site({}), settings: { rank: 0, alpha: 1, options: { form: 'renormalized' } } };
    const state = svf.init(at, () => w, Random.seeded(1), svd);
    state.trainable.z!.data.forEach((_, i, z) => {
      z[i] = 1 + 0.3 * Math.sin(i);
    });
    const merged = jacobi({ rows: m, columns: n, data: svf.merge(w, state, at).data });
    const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
    expect(Math.abs(sum(merged.s) / sum(svd.s) - 1)).toBeLessThan(1e-5);
    expect(largestDifference(merged.s, svd.s)).toBeGreaterThan(0.01);
  });

  const jacobiLeading = (rank: number) => ({
    u: {
      rows: m,
      columns: rank,
      data: Float32Array.from({ length: m * rank }, (_, i) => svd.u.data[Math.floor(i / rank) * k + (i % rank)]!),
    },
    s: svd.s.slice(0, rank),
    vt: { rows: rank, columns: n, data: svd.vt.data.slice(0, rank * n) },
  });
});

describe('a saved adapter', () => {
  const home = path.join(scratch, 'home');
  const factors = () => jacobiFactors([], home);
  let count = 0;
  async function saved() {
    const entry = '[{ method: svft, pattern: random, num_coefficients: 20, target_modules: [v_proj] }]';
    const model = await assembleRecipe(recipeFor('llama', entry), { factors: factors() });
    const [adapter] = await model.saveAdapters(path.join(scratch, String(count++)));
    return adapter!.path;
  }
  const load = (dir: string) => assembleFolder(tiny('llama'), dir, 'stored', { factors: factors() });
  const key = `base_model.model.${name}`;

  it.each([
    ['two entries in one place', 'svft_rows', 'svft_columns', 0, 'not distinct'],
    ['an entry outside M', 'svft_rows', 'svft_rows', k, 'not distinct'],
  ])('with %s is refused', async (_, one, two, value, message) => {
    const dir = await saved();
    const file = path.join(dir, 'adapter_model.safetensors');
    const tensors = readTensors(file);
    for (const part of [one, two]) tensors.get(`${key}.${part}`)!.data.fill(value, 0, 2);
    writeSafetensors(
      file,
      [...tensors].map(([tensor, { shape, data }]) => ({ name: tensor, shape, data: () => data })),
    );
    await expect(load(dir)).rejects.toMatchObject({ code: 'bad-adapter', message: expect.stringContaining(message) });
  });

  it('with another pattern than its tensors, or the factors of another matrix, is refused', async () => {
    const dir = await saved();
    const file = path.join(dir, 'adapter_config.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...config, pattern: 'banded', num_coefficients: null, off_diagonals: 1 }));
    await expect(load(dir)).rejects.toMatchObject({ code: 'bad-adapter' });
    const q = 'model.layers.0.self_attn.q_proj';
    const other = await assembleRecipe(recipeFor('llama', '[{ method: svf, target_modules: [q_proj] }]'), {
      factors: factors(),
    });
    const [square] = await other.saveAdapters(path.join(scratch, String(count++)));
    const digest = JSON.parse(readFileSync(path.join(square!.path, 'adapter_config.json'), 'utf8')).factors[q];
    writeFileSync(file, JSON.stringify({ ...config, factors: { ...config.factors, [name]: digest } }));
    await expect(load(dir)).rejects.toMatchObject({ code: 'bad-adapter', field: name });
  });
});

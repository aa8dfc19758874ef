/** The job `spectrum` on the tiny models, against values computed here, with a stand-in for the linear algebra. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { decodeFloats } from '../../../server/base/floats.ts';
import { toBfloat } from '../../../server/base/halves.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { openFactors } from '../../../server/factors/index.ts';
import { spectrum } from '../../../server/jobs/spectrum.ts';
import type {
  SpectrumChange,
  SpectrumItem,
  SpectrumParams,
  SpectrumValues,
} from '../../../server/protocol/spectrum.ts';
import { type Counted, decompose, jacobi } from '../factors/jacobi.ts';
import { fixture, largestDifference, readTensors, tiny } from '../models/tiny.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-spectrum-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let linalg: Counted;
beforeEach(() => {
  linalg = jacobi();
});

async function collect(params: SpectrumParams, signal = new AbortController().signal) {
  const items: SpectrumItem[] = [];
  const engine = { start: async () => linalg, version: () => linalg.version };
  const open: typeof openFactors = (options) => openFactors({ ...options, engine });
  const result = await spectrum(params, { item: (item) => items.push(item), signal }, open);
  return { items, result };
}

const only = <T extends SpectrumItem['type']>(items: SpectrumItem[], type: T) =>
  items.filter((item): item is Extract<SpectrumItem, { type: T }> => item.type === type);

const expectValues = (item: SpectrumValues | undefined, rows: number, columns: number, data: Float32Array) =>
  expect(largestDifference(decodeFloats(item!.values), decompose({ rows, columns, data }).s)).toBeLessThan(1e-6);

test('all linear matrices in the model’s order, with the values that they have', async () => {
  const { items, result } = await collect({ model: tiny('llama') });
  expect(items[0]!.type).toBe('matrices');
  const { matrices } = only(items, 'matrices')[0]!;
  expect(matrices[0]).toEqual({ name: 'model.layers.0.self_attn.q_proj', shape: [64, 64], layer: 0, kind: 'model.layers.*.self_attn.q_proj' }); // biome-ignore format: one line
  expect(matrices.at(-1)).toEqual({ name: 'lm_head', shape: [256, 64], kind: 'lm_head' });
  const weights = readTensors(path.join(tiny('llama'), 'model.safetensors'));
  const found = only(items, 'values');
  expect(found.map(({ matrix }) => matrix).sort()).toEqual(matrices.map(({ name }) => name).sort());
  for (const item of found) {
    const { shape, data } = weights.get(`${item.matrix}.weight`)!;
    expectValues(item, shape[0]!, shape[1]!, data);
    expect(item).toMatchObject({ of: 'base', cached: false });
    expect(item.residual).toBeLessThan(1e-6);
  }
  expect(only(items, 'progress').at(-1)).toMatchObject({ done: matrices.length, total: matrices.length });
  expect(result).toMatchObject({ matrices: matrices.length, cached: 0, kernel: 'wasm' });
});

test('a tied head is no matrix of its own; a head that is not stored is none', async () => {
  const names = async (model: string) =>
    only((await collect({ model })).items, 'matrices')[0]!.matrices.map(({ name }) => name);
  expect(await names(tiny('llama-tied'))).not.toContain('lm_head');
  expect(await names(tiny('roberta'))).toContain('classifier.dense');
});

test('a second time everything comes from the cache, and nothing is computed', async () => {
  const params = { model: tiny('llama'), home: path.join(scratch, 'home'), modules: 'layers.0.*' };
  const first = await collect(params);
  linalg = jacobi();
  const second = await collect(params);
  expect(second.result).toMatchObject({ matrices: 7, cached: 7 });
  expect(second.result.kernel).toBeUndefined();
  expect(linalg.calls).toEqual([]);
  const values = ({ items }: typeof first) =>
    Object.fromEntries(only(items, 'values').map(({ matrix, values }) => [matrix, values]));
  expect(values(second)).toEqual(values(first));
});

test('modules are chosen by pattern; none that matches is an error', async () => {
  const { items } = await collect({ model: tiny('llama'), modules: 'q_proj, model.layers.1.mlp.*' });
  expect(only(items, 'matrices')[0]!.matrices.map(({ name }) => name.slice('model.layers.'.length))).toEqual([
    '0.self_attn.q_proj',
    '1.self_attn.q_proj',
    '1.mlp.gate_proj',
    '1.mlp.up_proj',
    '1.mlp.down_proj',
  ]);
  await expect(collect({ model: tiny('llama'), modules: 'query' })).rejects.toMatchObject({
    code: 'no-module-matches',
    kind: 'input',
  });
});

/** The tiny Llama with other weights. */
function variant(name: string, change: (tensor: string, data: Float32Array) => void, dtype: 'F32' | 'BF16' = 'F32') {
  const folder = path.join(scratch, name);
  cpSync(tiny('llama'), folder, { recursive: true });
  const tensors = readTensors(path.join(folder, 'model.safetensors'));
  for (const [tensor, { data }] of tensors) change(tensor, data);
  const sources = [...tensors].map(([tensor, { shape, data }]) => ({ name: tensor, shape, data: () => data }));
  writeSafetensors(path.join(folder, 'model.safetensors'), sources, { dtype });
  return folder;
}

const q0 = 'model.layers.0.self_attn.q_proj';

test('a tied head that the file holds nevertheless is left out: the model does not use it', async () => {
  const model = variant('tied', () => {});
  const file = path.join(model, 'config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), tie_word_embeddings: true }));
  const { items } = await collect({ model, modules: '*' });
  expect(only(items, 'matrices')[0]!.matrices.map(({ name }) => name)).not.toContain('lm_head');
});

test('bfloat16 is read as what it is', async () => {
  const { items } = await collect({ model: variant('bf16', () => {}, 'BF16'), modules: q0 });
  const { data } = readTensors(path.join(tiny('llama'), 'model.safetensors')).get(`${q0}.weight`)!;
  const bits = Uint32Array.from(data, (x) => toBfloat(x) << 16);
  expectValues(only(items, 'values')[0], 64, 64, new Float32Array(bits.buffer));
});

test('a matrix with NaN is a fault of its own; the others go on', async () => {
  const model = variant('nan', (name, data) => {
    if (name === `${q0}.weight`) data[5] = Number.NaN;
  });
  const { items, result } = await collect({ model, modules: 'layers.0.self_attn.*' });
  expect(only(items, 'fault')).toEqual([
    { type: 'fault', matrix: q0, of: 'base', error: expect.objectContaining({ code: 'matrix-not-finite' }) },
  ]);
  expect(only(items, 'values')).toHaveLength(3);
  expect(only(items, 'progress').at(-1)).toMatchObject({ done: 4, total: 4 });
  expect(result.matrices).toBe(4);
});

test('with an adapter: merged, update and what changed, for the matrices that it adapts', async () => {
  const adapter = fixture('traces', 'llama', 'lora', 'adapter_after');
  const { items } = await collect({ model: tiny('llama'), adapter, of: ['base', 'merged', 'update'] });
  const config = JSON.parse(readFileSync(path.join(adapter, 'adapter_config.json'), 'utf8'));
  const adapted = only(items, 'matrices')[0]!.matrices.filter((matrix) => matrix.adapted);
  expect(adapted.length).toBeGreaterThan(0);
  expect(only(items, 'change').map(({ matrix }) => matrix).sort()).toEqual(adapted.map(({ name }) => name).sort()); // biome-ignore format: one line
  const tensors = readTensors(path.join(adapter, 'adapter_model.safetensors'));
  const weights = readTensors(path.join(tiny('llama'), 'model.safetensors'));
  for (const { name, shape } of adapted) {
    const [m, n] = shape;
    const a = tensors.get(`base_model.model.${name}.lora_A.weight`)!.data;
    const b = tensors.get(`base_model.model.${name}.lora_B.weight`)!.data;
    const update = new Float32Array(m * n);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let r = 0; r < config.r; r++) sum += b[i * config.r + r]! * a[r * n + j]!;
        update[i * n + j] = (config.lora_alpha / config.r) * sum;
      }
    const of = (part: string) => only(items, 'values').find((item) => item.matrix === name && item.of === part);
    expectValues(of('update'), m, n, update);
    // Not the difference of rounded weights: what lies beyond the adapter's rank is rounding of the update itself.
    const values = decodeFloats(of('update')!.values);
    expect(values[config.r]! / values[0]!).toBeLessThan(5e-8);
    const merged = weights.get(`${name}.weight`)!.data.map((w, i) => w + update[i]!);
    expectValues(of('merged'), m, n, merged);
    const change = only(items, 'change').find(({ matrix }) => matrix === name)!;
    expect(change.directions).toBe(config.r);
    expect(change.updateNorm).toBeCloseTo(Math.hypot(...values), 4);
    expect(change.baseNorm).toBeCloseTo(Math.hypot(...weights.get(`${name}.weight`)!.data), 4);
    expectShares(change);
  }
});

function expectShares(change: SpectrumChange): void {
  const shares = decodeFloats(change.left);
  expect(shares).toHaveLength((change.bins.length - 1) * change.directions);
  for (let j = 0; j < change.directions; j++) {
    const sum = change.bins.slice(1).reduce((total, _, bin) => total + shares[bin * change.directions + j]!, 0);
    expect(sum).toBeCloseTo(1, 4);
  }
}

test('values of the update alone need no singular vectors', async () => {
  const adapter = fixture('traces', 'llama', 'lora', 'adapter_after');
  const { items } = await collect({ model: tiny('llama'), adapter, of: ['update'], changes: false });
  expect(only(items, 'change')).toEqual([]);
  expect(new Set(linalg.calls)).toEqual(new Set(['values']));
});

test('full fine-tuning: the difference of the two checkpoints', async () => {
  const model = tiny('llama');
  const tuned = variant('tuned', (name, data) => {
    if (name === `${q0}.weight`) for (let i = 0; i < data.length; i++) data[i]! *= 1.25;
  });
  const { items } = await collect({ model, adapter: tuned, of: ['base', 'update'], modules: 'layers.0.self_attn.*' });
  const changes = Object.fromEntries(only(items, 'change').map((change) => [change.matrix, change]));
  // Every direction a quarter longer.
  expect(changes[q0]!.updateNorm / changes[q0]!.baseNorm).toBeCloseTo(0.25, 5);
  expect(changes[q0]!.diagonal).toBeCloseTo(1, 4);
  expect(changes[q0]!.directions).toBe(64);
  expect(changes[q0.replace('q_', 'k_')]).toMatchObject({ directions: 0, updateNorm: 0, diagonal: 0 });
});

test('a head that the adapter brings is compared where the base has one of its shape', async () => {
  const adapter = fixture('traces', 'roberta', 'lora_head', 'adapter_after');
  const { items } = await collect({ model: tiny('roberta'), adapter, of: ['update'], changes: false });
  const names = only(items, 'values').map(({ matrix }) => matrix);
  expect(names).toContain('classifier.out_proj');
});

test('without an adapter there is no update', async () => {
  await expect(collect({ model: tiny('llama'), of: ['update'] })).rejects.toMatchObject({ code: 'no-adapter' });
});

test('at most lanes + 1 matrices are under way, and a cancel ends it', async () => {
  const stop = new AbortController();
  let [running, most] = [0, 0];
  linalg.singularValues = (_, { signal } = {}) => {
    most = Math.max(most, ++running);
    if (running > 1) setTimeout(() => stop.abort(), 20);
    return new Promise((_, reject) =>
      signal!.addEventListener('abort', () => reject(Object.assign(new Error(), { code: 'aborted' })), { once: true }),
    );
  };
  const began = performance.now();
  await expect(collect({ model: tiny('llama') }, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
  expect(performance.now() - began).toBeLessThan(1000);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual((await import('node:os')).availableParallelism() + 1);
});

test('what is cancelled before it begins does not begin', async () => {
  await expect(collect({ model: tiny('llama') }, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  expect(linalg.calls).toEqual([]);
});

test('an unknown kernel is named', async () => {
  await expect(collect({ model: tiny('llama'), kernel: 'abacus' })).rejects.toMatchObject({ code: 'unknown-kernel' });
});

test('a cache that cannot be written is told with the result', async () => {
  const home = path.join(scratch, 'closed');
  writeFileSync(home, '');
  const { result } = await collect({ model: tiny('llama'), home, modules: q0 });
  expect(result.warnings?.map(({ code }) => code)).toContain('factors-not-kept');
});

/** `rankwise spectrum` on models, adapters and runs, through real workers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { decompose } from '../../unit/factors/jacobi.ts';
import { largestDifference, readTensors } from '../../unit/models/tiny.ts';
import { bundle, fixture, Rig, tinyLlama } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const lora = fixture('traces/llama/lora/adapter_after');
const q0 = 'model.layers.0.self_attn.q_proj';

interface Numbers {
  singularValues: number[];
  residual: number;
  energy: Record<string, number>;
}
interface Answer {
  modules: (Numbers & { name: string; shape: [number, number]; merged?: Numbers; update?: Numbers; change?: { directions: number; bins: number[]; left: number[][] }; faults?: object[] })[]; // biome-ignore format: one line
  cached: number;
  matrices: number;
  kernel?: string;
  interval: { low: number; high: number; share: number; values: number };
}

test('the values of every matrix, within 1e-5 of the largest; again from the cache, the same bits', async () => {
  const first = await rig.json<Answer>('spectrum', tinyLlama, '--rank', '3');
  const weights = readTensors(path.join(tinyLlama, 'model.safetensors'));
  expect(first).toMatchObject({ matrices: 15, cached: 0, kernel: expect.any(String) });
  for (const { name, shape, singularValues, residual, ...numbers } of first.modules) {
    const [rows, columns] = shape;
    const expected = decompose({ rows, columns, data: weights.get(`${name}.weight`)!.data }).s;
    expect(largestDifference(singularValues, expected) / expected[0]!).toBeLessThan(1e-5);
    expect(residual).toBeLessThan(1e-5);
    expect(numbers).toMatchObject({ stableRank: expect.any(Number), energy: { 3: expect.any(Number), 8: expect.any(Number) }, residualAtRank: expect.any(Number), condition: expect.any(Number) }); // biome-ignore format: one line
  }
  const second = await rig.json<Answer>('spectrum', tinyLlama, '--rank', '3');
  expect(second).toMatchObject({ matrices: 15, cached: 15 });
  expect(second.kernel).toBeUndefined();
  expect(second.modules).toEqual(first.modules);
  expect(readdirSync(path.join(rig.home, 'factors')).filter((name) => name.endsWith('.factors'))).toHaveLength(15);
});

test('a damaged cache entry is computed again, with a warning and the same values', async () => {
  const folder = path.join(rig.home, 'factors');
  const [before] = (await rig.json<Answer>('spectrum', tinyLlama, '--module', q0)).modules;
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(path.join(folder, name));
    bytes[bytes.length - 1]! ^= 0x40;
    writeFileSync(path.join(folder, name), bytes);
  }
  const { code, stdout, stderr } = await rig.cli('spectrum', tinyLlama, '--module', q0, '--json');
  expect([code, stderr]).toEqual([0, expect.stringContaining('factors-damaged')]);
  expect(JSON.parse(stdout)).toMatchObject({ cached: 0, modules: [before] });
});

test('for people: a table, the share in an interval, and the cache', async () => {
  const { code, stdout } = await rig.cli('spectrum', tinyLlama, '--interval', '0,100');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^module +shape +σ₁ +σₖ/);
  expect(stdout).toContain('100.0% of all 832 singular values lie in [0, 100]');
  expect(stdout).toMatch(/\n15 matrices in .*; \d+ of 15 from the cache\n$/);
});

test('an adapter: merged weights, the update and what it changed; and a CSV of all values', async () => {
  const csv = path.join(rig.root, 'values.csv');
  const more = ['--model', tinyLlama, '--module', 'q_proj', '--changes', '--csv', csv];
  const { modules } = await rig.json<Answer>('spectrum', lora, ...more);
  expect(modules.map(({ name }) => name)).toEqual([q0, q0.replace('0', '1')]);
  for (const { singularValues, merged, update, change } of modules) {
    expect(merged!.singularValues).not.toEqual(singularValues);
    expect(update!.energy[4]).toBeCloseTo(1, 6); // its rank
    expect(change).toMatchObject({ directions: 4, inTop: expect.any(Number), amplification: expect.any(Number) });
    for (let j = 0; j < 4; j++) expect(change!.left.reduce((sum, bin) => sum + bin[j]!, 0)).toBeCloseTo(1, 4);
  }
  const lines = readFileSync(csv, 'utf8').trim().split('\n');
  expect(lines[0]).toBe('module,of,rows,columns,index,singular_value,energy');
  expect(lines).toHaveLength(1 + 2 * 3 * 64);
  expect(lines[1]).toBe(`${q0},base,64,64,1,${modules[0]!.singularValues[0]},${Number(modules[0]!.energy[1]!.toPrecision(9))}`); // biome-ignore format: one line
});

test('a recipe stands for its model; a run for what it trained', async () => {
  const recipe = rig.recipe('small', { training: { max_steps: 2, save_steps: 2 } });
  const { modules } = await rig.json<{ modules: { rank?: number; name: string }[] }>('spectrum', recipe);
  expect(modules.find(({ name }) => name === q0)!.rank).toBe(4);
  const { code, stdout, stderr } = await rig.cli('run', recipe, '--json');
  expect(code, stderr).toBe(0);
  const { run } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { run: string };
  const trained = await rig.json<Answer>('spectrum', run, '--module', q0);
  expect(trained.modules[0]).toMatchObject({ rank: 4, update: { numericalRank: 4 } });
});

test.each([
  ['pissa', 8],
  ['lora-xs', 4],
])(
  'of a %s run: merged values are those of the merged model, the update has the rank that it can have',
  async (method, most) => {
    const adapters = [{ method, rank: 4, target_modules: ['q_proj'] }];
    const recipe = rig.recipe(method, { adapters, training: { max_steps: 3, save_steps: 3 } });
    const { code, stdout, stderr } = await rig.cli('run', recipe, '--json');
    expect(code, stderr).toBe(0);
    const { run } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { run: string };
    const output = path.join(rig.root, `merged-${method}`);
    await rig.json('merge', run, '-o', output);
    const merged = await rig.json<Answer>('spectrum', output, '--module', 'q_proj');
    const { modules } = await rig.json<Answer>('spectrum', run, '--module', 'q_proj', '--changes');
    for (const [i, module] of modules.entries()) {
      const values = merged.modules[i]!.singularValues;
      expect(largestDifference(module.merged!.singularValues, values) / values[0]!).toBeLessThan(1e-6);
      const { numericalRank } = module.update as unknown as { numericalRank: number };
      expect(numericalRank).toBeGreaterThan(0);
      expect(numericalRank).toBeLessThanOrEqual(most);
      expect(module.change!.directions).toBe(numericalRank);
    }
  },
);

/** A Llama of one layer with matrices of one size. */
function model(name: string, side: number, value: (tensor: string, i: number) => number): string {
  const folder = path.join(rig.root, name);
  mkdirSync(folder);
  const config = JSON.parse(readFileSync(path.join(tinyLlama, 'config.json'), 'utf8'));
  const sizes = { hidden_size: side, intermediate_size: side, num_hidden_layers: 1, num_attention_heads: 4, num_key_value_heads: 4, head_dim: side / 4, vocab_size: 8 }; // biome-ignore format: one line
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, ...sizes }));
  const layer = ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj', 'mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj']; // biome-ignore format: one line
  const tensor = (name: string, shape: number[]) => ({
    name,
    shape,
    data: () => Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(name, i)),
  });
  writeSafetensors(path.join(folder, 'model.safetensors'), [
    ...layer.map((name) => tensor(`model.layers.0.${name}.weight`, [side, side])),
    ...['input_layernorm', 'post_attention_layernorm'].map((n) => tensor(`model.layers.0.${n}.weight`, [side])),
    tensor('model.norm.weight', [side]),
    tensor('model.embed_tokens.weight', [8, side]),
    tensor('lm_head.weight', [8, side]),
  ]);
  return folder;
}

test('a matrix with NaN: exit 1 and its fault, the others as they are', async () => {
  const broken = model('nan', 8, (name, i) => (name.includes('k_proj') && i === 3 ? Number.NaN : Math.sin(i)));
  const { code, stdout, stderr } = await rig.cli('spectrum', broken, '--json');
  expect(code).toBe(1);
  expect(stderr).toMatch(/self_attn\.k_proj.*error\[matrix-not-finite\]/);
  const { modules } = JSON.parse(stdout) as Answer;
  const faulty = modules.filter(({ faults }) => faults);
  expect(faulty.map(({ name }) => name)).toEqual(['model.layers.0.self_attn.k_proj']);
  expect(modules.filter(({ singularValues }) => singularValues)).toHaveLength(7);
});

test('a model without linear modules is an error, not an empty table', async () => {
  const folder = path.join(rig.root, 'vectors');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'config.json'), '{ "model_type": "other" }');
  writeSafetensors(path.join(folder, 'model.safetensors'), [
    { name: 'norm.weight', shape: [4], data: () => new Float32Array(4) },
  ]);
  const { code, stdout, stderr } = await rig.cli('spectrum', folder);
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('error[no-linear-modules]')]);
});

test('Ctrl-C ends it within a second, exit 1', async () => {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    return state / 2 ** 31;
  };
  const large = model('large', 2048, noise);
  const child = spawn(process.execPath, [bundle('cli'), 'spectrum', large], { env: rig.env, cwd: rig.root });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
  });
  await delay(1500);
  const began = performance.now();
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect(performance.now() - began).toBeLessThan(1000);
  expect([code, stderr]).toEqual([1, expect.stringContaining('error[stopped]')]);
});

test('a home that cannot be written: the same numbers, and a warning', async () => {
  const home = rig.file('blocked/factors', 'no folder');
  const blocked = new Rig({ RANKWISE_HOME: path.dirname(home) });
  try {
    const { code, stdout, stderr } = await blocked.cli('spectrum', tinyLlama, '--module', q0, '--json');
    expect([code, stderr]).toEqual([0, expect.stringContaining('factors-not-kept')]);
    expect(JSON.parse(stdout)).toMatchObject({ cached: 0, matrices: 1 });
  } finally {
    await blocked.close();
  }
});

test('full fine-tuning: the difference of two folders', async () => {
  const tuned = path.join(rig.root, 'tuned');
  cpSync(tinyLlama, tuned, { recursive: true });
  const tensors = readTensors(path.join(tuned, 'model.safetensors'));
  const sources = [...tensors].map(([name, { shape, data }]) => ({
    name,
    shape,
    data: () => (name === `${q0}.weight` ? data.map((x) => 1.25 * x) : data),
  }));
  writeSafetensors(path.join(tuned, 'model.safetensors'), sources);
  const { modules } = await rig.json<Answer>('spectrum', tinyLlama, '--adapter', tuned, '--changes', '--module', q0);
  expect(modules[0]!.change).toMatchObject({ directions: 64, diagonal: expect.closeTo(1, 4) });
});

test('the article’s check on the quickstart model, as docs/SPECTRA.md has it', async () => {
  const documented = readFileSync(path.join(import.meta.dirname, '../../../docs/SPECTRA.md'), 'utf8');
  const { code, stdout } = await rig.cli('spectrum', fixture('../../examples/quickstart/model'), '--by', 'kind');
  expect(code).toBe(0);
  const [summary] = /^.*singular values lie in.*$/m.exec(stdout)!;
  expect(documented).toContain(summary);
});

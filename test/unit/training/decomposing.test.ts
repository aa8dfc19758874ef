/** Runs of methods that start from a decomposition of the weights: computed once, told of, cancelled, never again on resume. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { RankwiseError } from '../../../server/base/errors.ts';
import { readRange } from '../../../server/base/file-range.ts';
import { openCheckpoint } from '../../../server/checkpoint/model-folder.ts';
import { writeModelFolder } from '../../../server/checkpoint/model-write.ts';
import { startEngine } from '../../../server/engine/index.ts';
import type { CallOptions } from '../../../server/engine/linalg/types.ts';
import { openFactors } from '../../../server/factors/index.ts';
import { run as evaluateJob } from '../../../server/jobs/evaluate.ts';
import { readTensors } from '../models/tiny.ts';
import { jacobiFactors } from './factors.ts';
import { adapterBytes, jobContext, makeRun, only, temporary, tiny, train } from './runs.ts';

const kernel = vi.hoisted(() => ({ starts: 0, asked: [] as string[], slow: false }));
vi.mock('../../../server/factors/engine.ts', () => ({
  engine: {
    version: () => 'jacobi',
    async start() {
      kernel.starts++;
      const factors = jacobiFactors(kernel.asked);
      const patient =
        <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
        async (...args: A): Promise<T> => {
          const { signal } = args.at(-1) as CallOptions;
          if (kernel.slow) await sleep(60_000, undefined, { signal: signal! }).catch(aborted);
          return work(...args);
        };
      return {
        kernel: 'native',
        version: 'jacobi',
        ...factors,
        svd: patient(factors.svd),
        truncatedSvd: patient(factors.truncatedSvd),
      };
    },
  },
}));
const aborted = () => {
  throw new RankwiseError('aborted', 'The call was stopped.');
};

const folder = temporary();
const home = path.join(folder, 'home');
beforeAll(() => startEngine({ threads: 1 }));
beforeEach(() => {
  process.env.RANKWISE_HOME = home;
  rmSync(home, { recursive: true, force: true });
  Object.assign(kernel, { starts: 0, slow: false });
  kernel.asked.length = 0;
});
afterAll(() => {
  delete process.env.RANKWISE_HOME;
  rmSync(folder, { recursive: true });
});

const recipes: [string, Record<string, unknown>][] = [
  ['lora-xs', { method: 'lora-xs', rank: 4, target_modules: ['q_proj', 'v_proj'] }],
  ['pissa', { method: 'pissa', rank: 4, target_modules: ['q_proj', 'v_proj'] }],
  ['milora', { method: 'milora', rank: 4, target_modules: ['q_proj', 'v_proj'] }],
  ['svf', { method: 'svf', target_modules: ['q_proj', 'v_proj'] }],
  ['svft', { method: 'svft', pattern: 'random', gate: true, target_modules: ['q_proj', 'v_proj'] }],
];

test.each(recipes)('%s: a run learns; the next one finds its decompositions', async (method, adapter) => {
  const data = path.join(folder, 'pattern.jsonl');
  const changes = { adapters: [adapter], data: { validation: data }, training: { check: 'full', max_steps: 12 } };
  const first = makeRun(folder, `${method}-first`, changes);
  const events = await train(first);
  expect(only(events, 'preparing').at(-1)).toMatchObject({ done: 4, total: 4, run: first });
  const truncated = method === 'lora-xs' && { truncation: { rank: 4 } };
  expect(only(events, 'decomposed')).toMatchObject([{ run: first, matrices: 4, cached: 0, ...truncated }]);
  expect(kernel.starts).toBe(1);
  expect(kernel.asked).toHaveLength(4);
  const { base, adapted, ...result } = only(events, 'finished')[0]!.result;
  expect(adapted!.loss).toBeLessThan(base!.loss - 0.02);
  expect(result.adapterBytes).toBe(adapterBytes(first).length);
  // The compiled step computes what the step as it is written does.
  const [compiled] = only(events, 'compiled');
  expect(compiled).toMatchObject({ check: 'whole' });
  expect(compiled!.difference).toBeLessThan(1e-4);

  const second = makeRun(folder, `${method}-second`, changes);
  const again = await train(second);
  expect(kernel.starts).toBe(1);
  expect(only(again, 'preparing')).toEqual([]);
  expect(only(again, 'decomposed')).toMatchObject([{ cached: 4 }]);
  expect(adapterBytes(second).equals(adapterBytes(first))).toBe(true);
  expect((await evaluateJob({ run: second, data }, jobContext())).loss).toBeCloseTo(adapted!.loss, 5);
});

test.each(recipes)(
  '%s: resumed without the cache, it decomposes nothing and ends with the same bytes',
  async (method, adapter) => {
    const changes = { adapters: [adapter], training: { max_steps: 6 } };
    const whole = makeRun(folder, `${method}-whole`, changes);
    await train(whole);
    const broken = makeRun(folder, `${method}-broken`, changes);
    await train(broken, { cancelAt: 3 });
    rmSync(path.join(home, 'factors'), { recursive: true });
    const { starts } = kernel;
    await train(broken, { resume: true });
    expect(kernel.starts).toBe(starts);
    expect(adapterBytes(broken).equals(adapterBytes(whole))).toBe(true);
  },
);

test.each([
  ['pissa', 'bfloat16'],
  ['lora-xs', 'nf4'],
  ['svft', 'nf4'],
])('%s on a base held as %s is evaluated as it was trained', async (method, dtype) => {
  const data = path.join(folder, 'pattern.jsonl');
  const adapters = [{ method, rank: 4, target_modules: ['q_proj', 'v_proj'] }];
  const training = { max_steps: 4 };
  const run = makeRun(folder, `${method}-${dtype}`, {
    adapters,
    model: { dtype },
    data: { validation: data },
    training,
  });
  const last = only(await train(run), 'evaluation').at(-1)!;
  expect((await evaluateJob({ run, data }, jobContext())).loss).toBeCloseTo(last.loss, 5);
});

test('a weight in 16 bits is named by its stored bytes, as spectra name it', async () => {
  const model = path.join(folder, 'halves');
  await writeModelFolder(model, {
    config: JSON.parse(readFileSync(path.join(tiny('llama'), 'config.json'), 'utf8')),
    tensors: [...readTensors(path.join(tiny('llama'), 'model.safetensors'))].map(([name, { shape, data }]) => ({
      name,
      shape,
      data: () => data,
    })),
    dtype: 'BF16',
  });
  await train(
    makeRun(folder, 'halves-run', { adapters: [recipes[2]![1]], model: { path: model }, training: { max_steps: 1 } }),
  );
  const checkpoint = await openCheckpoint(model);
  const name = 'model.layers.0.self_attn.q_proj.weight';
  const { range, data } = { range: checkpoint.range(name), data: checkpoint.read(name).data };
  checkpoint.close();
  const bytes = new Uint8Array(range.length);
  readRange(range, 0, bytes);
  const factors = openFactors({ home });
  const found = await factors.svd({ rows: 64, columns: 64, data, stored: { dtype: 'BF16', bytes } });
  expect(found.cached).toBe(true);
  await factors.close();
});

test('a quantized base has decompositions of its own, and the run says of what', async () => {
  const adapters = [{ method: 'lora-xs', rank: 4, target_modules: ['q_proj', 'v_proj'] }];
  const decomposed = async (name: string, dtype: string) => {
    const run = makeRun(folder, name, { adapters, model: { dtype }, training: { max_steps: 1 } });
    const [event] = only(await train(run), 'decomposed');
    return { ...event!, log: readFileSync(path.join(run, 'log.txt'), 'utf8') };
  };
  expect(await decomposed('held-float32', 'float32')).not.toHaveProperty('held');
  const first = await decomposed('held-nf4', 'nf4');
  expect(first).toMatchObject({ matrices: 4, cached: 0, held: 'nf4' });
  expect(first.log).toContain('decomposed 4 matrices as nf4 holds them');
  expect(await decomposed('held-int8', 'int8')).toMatchObject({ cached: 0, held: 'int8' });
  expect(await decomposed('held-again', 'nf4')).toMatchObject({ cached: 4, held: 'nf4' });
});

test('cancelling ends the decompositions within a second, and the run as cancelled', async () => {
  kernel.slow = true;
  const run = makeRun(folder, 'cancelled', { adapters: [recipes[0]![1]] });
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(), 1200);
  const began = performance.now();
  const events = await train(run, { signal: cancel.signal });
  expect(performance.now() - began).toBeLessThan(2200);
  expect(events.map(({ event }) => event)).toEqual(['preparing', 'cancelled']);
  expect(readFileSync(path.join(run, 'log.txt'), 'utf8')).toContain('decomposed 0 of 4 matrices');
  expect(readdirSync(run)).not.toContain('adapter');
});

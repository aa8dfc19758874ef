/** Jobs that answer at once, in real worker processes (dist/worker.js on this Node). */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobName, Jobs } from '../../server/protocol/jobs.ts';
import { startJob } from '../../server/wire/worker.ts';
import { fixture, largestDifference, tiny } from '../unit/models/tiny.ts';

const script = path.join(import.meta.dirname, '../../dist/worker.js');
const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-jobs-'));
const input = path.join(scratch, 'input.json');

beforeAll(() => {
  if (!existsSync(script)) throw new Error('dist/worker.js is not built: run `npm run build` first');
  writeFileSync(input, JSON.stringify({ input_ids: [[6, 38, 15, 5], [40, 31, 42, 0]], attention_mask: [[1, 1, 1, 1], [1, 1, 1, 0]] })); // biome-ignore format: a table
});
afterAll(() => rmSync(scratch, { recursive: true }));

const answer = <Name extends JobName>(job: Name, params: Jobs[Name]['params']): Promise<Jobs[Name]['result']> =>
  startJob({ script, job, params }).result as Promise<Jobs[Name]['result']>;

const logits = async (model: string, adapter?: string) => {
  const { logits, shape } = await answer('forward', { model, inputFile: input, ...(adapter && { adapter }) });
  return { shape, values: logits.flat(2) as number[] };
};

describe.each([
  ['llama', 'lora', [2, 4, 256]],
  ['roberta', 'lora_head', [2, 3]],
  ['gpt2', 'lora', [2, 4, 48]],
])('%s with %s', (model, method, shape) => {
  const adapter = fixture('traces', model, method, 'adapter_after');

  it('computes other logits with the adapter, and the same once merged', async () => {
    const output = path.join(scratch, model);
    const [base, adapted] = [await logits(tiny(model)), await logits(tiny(model), adapter)];
    expect(base.shape).toEqual(shape);
    expect(largestDifference(base.values, adapted.values)).toBeGreaterThan(1e-3);
    expect(await answer('merge', { adapter, model: tiny(model), output })).toEqual({ path: output, exact: true });
    expect(largestDifference((await logits(output)).values, adapted.values)).toBeLessThan(5e-5);
  });
});

it('merges into no folder that is there already', async () => {
  const adapter = fixture('traces', 'llama', 'lora', 'adapter_after');
  const params = { adapter, model: tiny('llama'), output: scratch };
  await expect(answer('merge', params)).rejects.toMatchObject({ code: 'output-exists', kind: 'input' });
});

it('answers faults as data: code, file and kind', async () => {
  await expect(answer('forward', { model: scratch, inputFile: input })).rejects.toMatchObject({
    code: 'config-missing',
    file: path.join(scratch, 'config.json'),
    kind: 'input',
  });
});

it('the doctor finds the backend that everything here runs on', async () => {
  const { backends } = await answer('doctor', {});
  expect(backends.find(({ name }) => name === 'onnxruntime')).toMatchObject({ available: true, version: '1.30.0' });
});

it('a worker whose daemon is gone ends', async () => {
  const worker = fork(script, { stdio: 'ignore' });
  await once(worker, 'spawn');
  worker.disconnect();
  expect(await once(worker, 'exit')).toEqual([1, null]);
});

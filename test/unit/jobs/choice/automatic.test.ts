import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { RankwiseError } from '../../../../server/base/errors.ts';
import { automatic, type Question } from '../../../../server/jobs/choice/automatic.ts';
import { Calibrations } from '../../../../server/jobs/choice/calibrations.ts';
import { type Candidate, findCandidates } from '../../../../server/jobs/choice/candidates.ts';
import { recipeFacts } from '../../../../server/jobs/recipe-facts.ts';
import { parseResolved } from '../../../../server/jobs/run-directory.ts';
import { startChosen } from '../../../../server/jobs/start.ts';
import type { JobContext } from '../../../../server/jobs/types.ts';
import type { BackendName } from '../../../../server/protocol/backends.ts';
import { tiny } from '../../training/runs.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'rankwise-choice-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const processor: Candidate = { backend: 'onnxruntime', device: 'A processor', version: '1' };
const gpu: Candidate = { backend: 'webgpu', device: 'A GPU', version: '1' };

const question = (training: object = {}, model = tiny('llama')): Question => {
  const recipeText = stringify({
    version: 1,
    model: { path: model, task: 'causal-lm' },
    adapters: [{ method: 'lora', rank: 4, target_modules: ['q_proj'] }],
    training: { threads: 2, ...training },
  });
  return { recipeText, recipe: parseResolved(recipeText) };
};

/** Asks with backends that take so many seconds a step, or fail. */
async function ask(
  candidates: readonly Candidate[],
  seconds: Partial<Record<BackendName, number | RankwiseError>>,
  asked: Question = question(),
  signal = new AbortController().signal,
) {
  const measured: unknown[] = [];
  const told: string[] = [];
  const work = (async (_: string, params: { backend: BackendName; shape: object; threads: number }) => {
    measured.push([params.backend, params.shape, params.threads]);
    const found = seconds[params.backend]!;
    if (typeof found !== 'number') throw found;
    return { seconds: found };
  }) as JobContext['work'];
  const choice = await automatic(
    asked,
    { work, signal },
    { calibrating: (all) => told.push(...all.map(({ backend }) => backend)) },
    { calibrations: new Calibrations(home), candidates: async () => [...candidates], facts: recipeFacts },
  );
  return { choice, measured, told };
}

test('with one candidate nothing is measured and nothing is kept', async () => {
  const { choice, measured, told } = await ask([processor], {});
  expect(choice).toEqual({ backend: 'onnxruntime', device: 'A processor', reason: 'Nothing else can start here.' });
  expect([measured, told]).toEqual([[], []]);
});

test('each is measured once, on the batch of the recipe, and the next run knows', async () => {
  const first = await ask([processor, gpu], { onnxruntime: 4, webgpu: 1 });
  const shape = { rows: 8, length: 128 };
  expect(first.measured).toEqual([
    ['onnxruntime', shape, 2],
    ['webgpu', shape, 2],
  ]);
  expect(first.told).toEqual(['onnxruntime', 'webgpu']);
  expect(first.choice).toMatchObject({ backend: 'webgpu', device: 'A GPU', reason: expect.stringContaining('4.0×') });
  const again = await ask([processor, gpu], {});
  expect([again.measured, again.told, again.choice]).toEqual([[], [], first.choice]);
});

test.each<[string, readonly Candidate[], Question]>([
  ['another device', [processor, { ...gpu, device: 'Another GPU' }], question()],
  ['another version', [processor, { ...gpu, version: '2' }], question()],
  ['one more backend', [processor, gpu, { ...gpu, backend: 'cuda' }], question()],
  ['a batch of another size', [processor, gpu], question({ batch_size: 1 })],
  ['other threads', [processor, gpu], question({ threads: 1 })],
])('%s is measured anew', async (_, candidates, asked) => {
  await ask([processor, gpu], { onnxruntime: 4, webgpu: 1 });
  const { measured } = await ask(candidates, { onnxruntime: 4, webgpu: 1, cuda: 1 }, asked);
  expect(measured).toHaveLength(candidates.length);
});

test('so is what is asked for anew', async () => {
  await ask([processor, gpu], { onnxruntime: 4, webgpu: 1 });
  const { choice } = await ask([processor, gpu], { onnxruntime: 1, webgpu: 1 }, { ...question(), anew: true });
  expect(choice.backend).toBe('onnxruntime');
  expect((await ask([processor, gpu], {})).choice).toEqual(choice);
});

test('a backend that fails is no choice, and says why', async () => {
  const full = new RankwiseError('out-of-device-memory', 'the GPU has no memory left', { kind: 'runtime' });
  const { choice } = await ask([processor, gpu], { onnxruntime: 4, webgpu: full });
  expect(choice.backend).toBe('onnxruntime');
  expect(choice.timings![1]).toEqual({
    backend: 'webgpu',
    device: 'A GPU',
    error: 'out-of-device-memory: the GPU has no memory left',
  });
});

test('a measurement that is stopped decides nothing and keeps nothing', async () => {
  const stopped = new RankwiseError('aborted', 'stopped', { kind: 'runtime' });
  const { choice } = await ask([processor, gpu], { onnxruntime: stopped }, question(), AbortSignal.abort());
  expect(choice).toMatchObject({ backend: 'onnxruntime', reason: expect.stringContaining('stopped') });
  expect((await ask([processor, gpu], { onnxruntime: 2, webgpu: 1 })).measured).toHaveLength(2);
});

test('a model that cannot be read is left to training to complain of', async () => {
  const { choice, measured } = await ask([processor, gpu], {}, question({}, '/nowhere'));
  expect([choice.backend, measured]).toEqual(['onnxruntime', []]);
});

test('where nothing is installed and no GPU is, nothing is started to find out', async ({ skip }) => {
  const began = performance.now();
  const found = await findCandidates(home, new Calibrations(home));
  if (found.length > 1) skip('this machine has a GPU');
  expect(found).toMatchObject([{ backend: 'onnxruntime' }]);
  expect(performance.now() - began).toBeLessThan(50);
});

test('a chosen backend that no longer starts gives way to the usual one, and that is said', async () => {
  const { choice, started } = await startChosen({ backend: 'tensorflow', reason: '3.0× as fast' }, 1);
  expect(started.backend).toBe('onnxruntime');
  expect(choice).toMatchObject({
    backend: 'onnxruntime',
    reason: expect.stringMatching(/^tensorflow .*not installed/),
  });
});

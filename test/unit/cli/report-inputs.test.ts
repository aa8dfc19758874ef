import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readRun, runsOf } from '../../../server/cli/report-inputs.ts';
import { recipeText } from '../report/helpers.ts';

let folder: string;
const time = '2026-01-02T03:04:05.000Z';
const events = [
  { time, event: 'started', run: 'x', totalSteps: 9, trainableParameters: 50, allParameters: 100, pinned: {} },
  { time, event: 'step', step: 1, loss: 0.5 },
  { time, event: 'evaluation', step: 1, loss: 0.4, metrics: { accuracy: 0.8 } },
].map((event) => JSON.stringify(event));

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'report-'));
  vi.stubEnv('RANKWISE_HOME', path.join(folder, 'home'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function makeRun(
  name: string,
  files: Record<string, string>,
  record: { sweep?: object; [key: string]: unknown } = {},
): string {
  const run = path.join(folder, 'runs', name);
  mkdirSync(run, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(run, file), text);
  mkdirSync(path.join(folder, 'home'), { recursive: true });
  const { sweep } = record;
  const line = {
    run,
    id: name,
    name,
    recipe: '',
    method: 'lora',
    model: 'tiny',
    createdAt: record.createdAt ?? time,
    ...(sweep && { sweep }),
  };
  writeFileSync(path.join(folder, 'home/runs.jsonl'), `${JSON.stringify(line)}\n`, { flag: 'a' });
  if (Object.keys(record).length > 0) {
    const whole = { format: 1, state: 'finished', step: 1, totalSteps: 9, resumes: 0, ...line, ...record };
    writeFileSync(path.join(run, 'run.json'), JSON.stringify(whole));
  }
  return run;
}

const recipe = recipeText({ id: 'a' });

test('a folder of runs, a run and its name are each meant once', () => {
  const a = makeRun('a', { 'recipe.peft': recipe });
  const b = makeRun('b', {}, { state: 'failed' });
  makeRun('.trash', { 'recipe.peft': recipe });
  mkdirSync(path.join(folder, 'runs/other'));
  expect(runsOf([path.join(folder, 'runs'), a, 'b'])).toEqual([a, b]);
});

test('a sweep is its points', () => {
  const sweep = { id: 's-1', name: 'ranks', point: 1, points: 2, values: {} };
  const a = makeRun('a', {}, { sweep });
  makeRun('b', {}, {});
  const c = makeRun('c', {}, { sweep: { ...sweep, point: 2 } });
  expect(runsOf(['ranks'])).toEqual([a, c]);
  expect(runsOf(['s-1'])).toEqual([a, c]);
});

test('a name of several sweeps means the newest', () => {
  const sweep = { id: 's-1', name: 'ranks', point: 1, points: 1, values: {} };
  makeRun('a', {}, { sweep });
  const b = makeRun('b', {}, { sweep: { ...sweep, id: 's-2' }, createdAt: '2026-01-03T03:04:05.000Z' });
  expect(runsOf(['ranks'])).toEqual([b]);
});

test('a folder without runs, and a name that nothing has', () => {
  expect(() => runsOf([folder])).toThrow(expect.objectContaining({ code: 'no-runs' }));
  expect(() => runsOf(['nothing'])).toThrow(expect.objectContaining({ code: 'unknown-run' }));
});

test('a run that lost run.json is what its events say; a torn last line is left out', async () => {
  const run = makeRun('a', { 'recipe.peft': recipe, 'metrics.jsonl': `${events.join('\n')}\n{"event":"step","st` });
  const { compared, history } = await readRun(run);
  expect(compared).toMatchObject({
    state: 'interrupted',
    provisional: true,
    trainable: 50,
    percent: 50,
    scores: { accuracy: 0.8 },
  });
  expect(history!.training).toHaveLength(1);
});

test('a run that is gone is known by its line in the index', async () => {
  const run = makeRun('a', {});
  rmSync(run, { recursive: true });
  expect((await readRun(run)).compared).toMatchObject({ state: 'missing', id: 'a', model: 'tiny', configuration: run });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hasCheckpoint, metricsLines } from '../../../server/cli/follow.ts';
import { findRun, findSweep } from '../../../server/cli/run-names.ts';
import { RunStore } from '../../../server/daemon/store.ts';
import { makeRun, temporaryFolder } from '../daemon/helpers.ts';

const root = temporaryFolder();
beforeEach(async () => {
  vi.stubEnv('RANKWISE_HOME', root());
  const store = new RunStore(root(), () => {});
  for (const [day, name] of [
    ['01', 'demo'],
    ['02', 'demo'],
    ['03', 'other'],
  ])
    await store.add(makeRun(root(), { id: `202601${day}-000000-${name}`, name: name!, createdAt: `2026-01-${day}` }));
});
afterEach(() => vi.unstubAllEnvs());

test.each([
  ['20260101-000000-demo', '20260101-000000-demo'],
  ['20260103', '20260103-000000-other'],
  ['demo', '20260102-000000-demo'],
])('%s is found', (given, expected) => {
  expect(findRun(given)).toBe(path.join(root(), expected));
});

test.each([
  [['01', '02'], '02'],
  [['01'], '01'],
  [[], '02'],
])('with results of the days %j a name means that of day %s', (days, expected) => {
  for (const day of days) mkdirSync(path.join(root(), `202601${day}-000000-demo`, 'adapter'));
  expect(findRun('demo', { trained: true })).toBe(path.join(root(), `202601${expected}-000000-demo`));
});

test.each([
  ['20260104-000000-grid', '20260104-000000-grid'],
  ['20260104', '20260104-000000-grid'],
  ['grid', '20260105-000000-grid'],
  ['20260104-000000-grid-p01', undefined],
  ['grid-p01', undefined],
  ['The best', undefined],
  ['202601', undefined],
  ['demo', undefined],
  ['', undefined],
])('the sweep that %j means is %j', async (given, expected) => {
  const store = new RunStore(root(), () => {});
  for (const day of ['04', '05'])
    for (const point of [1, 2]) {
      const sweep = { id: `202601${day}-000000-grid`, name: 'grid', point, points: 2, values: {} };
      const id = `${sweep.id}-p0${point}`;
      const record = { id, name: `grid-p0${point}`, createdAt: `2026-01-${day}`, sweep, labels: { title: 'The best' } };
      await store.add(makeRun(root(), record));
    }
  expect(findSweep(given)).toBe(expected);
});

test('a folder that is no run gives way to what is called so', async () => {
  const folder = path.join(root(), 'called');
  mkdirSync(folder);
  expect([findRun(folder), findSweep(folder)]).toEqual([folder, undefined]);
  const sweep = { id: 's', name: folder, point: 1, points: 1, values: {} };
  const { run } = makeRun(root(), { id: 's-p01', name: 'point', sweep });
  const store = new RunStore(root(), () => {});
  await store.adopt(run);
  expect(findSweep(folder)).toBe('s');
  const named = makeRun(root(), { id: 'x', name: folder, createdAt: '2026-02-01' });
  await store.adopt(named.run);
  expect([findRun(folder), findSweep(folder)]).toEqual([named.run, undefined]);
  writeFileSync(path.join(folder, 'recipe.peft'), '');
  expect([findRun(folder), findSweep(folder)]).toEqual([folder, undefined]);
});

test('a directory needs no index', () => {
  expect(findRun(path.join(root(), '20260101-000000-demo', '.'))).toBe(path.join(root(), '20260101-000000-demo'));
});

test.each([
  ['202601', 'ambiguous-run', 'Name one by its directory'],
  ['dmeo', 'unknown-run', 'Did you mean demo?'],
  ['', 'unknown-run', 'rankwise runs'],
])('%j is refused', (given, code, hint) => {
  expect(() => findRun(given)).toThrow(expect.objectContaining({ code, hint: expect.stringContaining(hint) }));
});

test.each([
  ['', 0],
  ['a\nb\n', 2],
  ['a\nb', 2],
  [`${'x'.repeat(70_000)}\n`.repeat(3), 3],
])('lines of metrics are counted, a torn one included', (content, lines) => {
  writeFileSync(path.join(root(), 'metrics.jsonl'), content);
  expect(metricsLines(root())).toBe(lines);
});

test.each([
  ['', false],
  ['checkpoints/.step-5.partial', false],
  ['checkpoints/step-5', true],
])('with %j, a run has a checkpoint: %s', (made, expected) => {
  mkdirSync(path.join(root(), made), { recursive: true });
  expect(hasCheckpoint(root())).toBe(expected);
});

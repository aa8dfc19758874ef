import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Calibrations } from '../../../../server/jobs/choice/calibrations.ts';
import type { StepTiming } from '../../../../server/protocol/backends.ts';

let home: string;
let now: number;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'rankwise-calibrations-'));
  now = 1e12;
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const open = () => new Calibrations(home, () => now);
const file = () => path.join(home, 'calibration.json');
const timings: StepTiming[] = [
  { backend: 'onnxruntime', device: 'A processor', seconds: 0.5 },
  { backend: 'webgpu', device: 'A GPU', seconds: 0.1 },
];
const reports = [{ name: 'webgpu', available: true, device: 'A GPU' }] as const;
const DAY = 24 * 3600 * 1000;

test('figures are kept by key, with what starts beside them, in one whole file', () => {
  open().keepTimings('a', timings);
  open().keepReports('machine', [...reports]);
  open().keepTimings('b', timings.slice(0, 1));
  expect(open().timings('a')).toEqual(timings);
  expect(open().timings('b')).toHaveLength(1);
  expect(open().timings('c')).toBeUndefined();
  expect(open().reports('machine')).toEqual(reports);
  expect(open().reports('another machine')).toBeUndefined();
  expect(readdirSync(home)).toEqual(['calibration.json']);
});

test('they age: failures and what starts within a day, figures within months; a clock set back ends them too', () => {
  open().keepTimings('good', timings);
  open().keepTimings('failed', [
    { backend: 'onnxruntime', seconds: 1 },
    { backend: 'cuda', error: 'gpu-lost: gone' },
  ]);
  open().keepReports('machine', [...reports]);
  now += DAY + 1;
  expect(open().timings('good')).toBeDefined();
  expect(open().timings('failed')).toBeUndefined();
  expect(open().reports('machine')).toBeUndefined();
  now += 90 * DAY;
  expect(open().timings('good')).toBeUndefined();
  now -= 300 * DAY;
  expect(open().timings('good')).toBeUndefined();
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '7',
  '{"format":2,"steps":[]}',
  '{"format":1}',
  '{"format":1,"steps":7,"reports":[]}',
])('a file with %j counts as empty and is replaced', (text) => {
  writeFileSync(file(), text);
  expect(open().timings('a')).toBeUndefined();
  expect(open().reports('a')).toBeUndefined();
  open().keepTimings('a', timings);
  expect(open().timings('a')).toEqual(timings);
});

test('entries that make no sense are passed over, the others are not', () => {
  open().keepTimings('good', timings);
  const contents = JSON.parse(readFileSync(file(), 'utf8'));
  const wrong = [
    null,
    { key: 'a', at: 'yesterday', timings },
    { key: 'b', at: now, timings: [] },
    { key: 'c', at: now, timings: [{ backend: 'abacus', seconds: 1 }] },
    { key: 'd', at: now, timings: [{ backend: 'cuda', seconds: -1 }] },
    { key: 'e', at: now, timings: [{ backend: 'cuda', seconds: '1' }] },
  ];
  writeFileSync(file(), JSON.stringify({ ...contents, steps: [...wrong, ...contents.steps] }));
  for (const key of ['a', 'b', 'c', 'd', 'e']) expect(open().timings(key), key).toBeUndefined();
  expect(open().timings('good')).toEqual(timings);
});

test('the file does not grow without end', () => {
  const steps = Array.from({ length: 230 }, (_, i) => ({ key: String(i), at: now, timings }));
  writeFileSync(file(), JSON.stringify({ format: 1, steps }));
  open().keepTimings('new', timings);
  const kept = JSON.parse(readFileSync(file(), 'utf8')).steps.map(({ key }: { key: string }) => key);
  expect(kept).toEqual(['new', ...steps.slice(0, 199).map(({ key }) => key)]);
});

test('a home that cannot be written is no fault', () => {
  const nowhere = new Calibrations(path.join('/dev/null', 'home'));
  nowhere.keepTimings('a', timings);
  expect(nowhere.timings('a')).toBeUndefined();
});

import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HistoryTail, readHistory, readRecipe } from '../../../server/report/read.ts';
import { evaluation, step } from './helpers.ts';

let run: string;
let file: string;
beforeEach(() => {
  run = mkdtempSync(path.join(tmpdir(), 'read-'));
  file = path.join(run, 'metrics.jsonl');
});
afterEach(() => rmSync(run, { recursive: true }));

test('a tail takes in what was written since, also where a line came in two parts', async () => {
  const [line, tail] = [JSON.stringify(evaluation(2, 0.5)), new HistoryTail(run, { curves: false })];
  expect((await tail.read()).evaluations).toEqual([]);
  writeFileSync(file, `${JSON.stringify(step(1, 1))}\n${line.slice(0, 20)}`);
  expect((await tail.read()).evaluations).toEqual([]);
  appendFileSync(file, `${line.slice(20)}\n`);
  expect((await tail.read()).evaluations).toHaveLength(1);
  expect((await tail.read()).training).toEqual([]);
});

test('lines that are no events, and one without an end, are passed over', async () => {
  const long = `{"event":"step","x":"${'a'.repeat(2 ** 21)}"}`;
  writeFileSync(file, `null\n3\n{"event":\n${long}\n${JSON.stringify(step(7, 1))}\n`);
  expect((await readHistory(run)).training).toEqual([{ x: 7, y: 1 }]);
});

test('a folder in the place of a recipe is none', () => {
  expect(readRecipe(path.dirname(run))).toBeUndefined();
});

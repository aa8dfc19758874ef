import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MetricsTail } from '../../../server/daemon/tail.ts';

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'rw-'));
  file = path.join(root, 'metrics.jsonl');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const step = (n: number) => ({ event: 'step', step: n, text: 'ü' });
const lines = (...numbers: number[]) => numbers.map((n) => `${JSON.stringify(step(n))}\n`).join('');
const stepsOf = (events: unknown[]) => events.map((event) => (event as { step: number }).step);

test('a file that is not there yet is empty', async () => {
  expect(await new MetricsTail(file).read()).toEqual({ events: [], end: true });
});

test('a torn last line is given out once it is whole', async () => {
  const tail = new MetricsTail(file);
  const text = lines(1, 2);
  writeFileSync(file, text.slice(0, -5));
  expect(stepsOf((await tail.read()).events)).toEqual([1]);
  expect(tail.torn).toBe(true);
  appendFileSync(file, text.slice(-5));
  expect((await tail.read()).events).toEqual([step(2)]);
  expect([tail.line, tail.torn]).toEqual([2, false]);
});

test('a line torn by a crash counts as a line and nothing else', async () => {
  writeFileSync(file, `${lines(1)}{"event":"st\n${lines(2)}`);
  const tail = new MetricsTail(file);
  expect(stepsOf((await tail.read()).events)).toEqual([1, 2]);
  expect(tail.line).toBe(3);
});

test('lines before `from` are passed over', async () => {
  writeFileSync(file, lines(1, 2, 3, 4));
  expect(stepsOf((await new MetricsTail(file).read(2)).events)).toEqual([3, 4]);
});

test('a long file comes in pieces, in order, nothing twice', async () => {
  const numbers = Array.from({ length: 20_000 }, (_, i) => i + 1);
  writeFileSync(file, lines(...numbers));
  const seen: number[] = [];
  const tail = new MetricsTail(file);
  let pieces = 0;
  for (;;) {
    const { events, end } = await tail.read();
    pieces++;
    seen.push(...stepsOf(events));
    if (end) break;
  }
  expect(pieces).toBeGreaterThan(2);
  expect(seen).toEqual(numbers);
});

test('a line beyond all measure is passed over', async () => {
  writeFileSync(file, `${'x'.repeat(3 * 2 ** 20)}\n${lines(7)}`);
  const events = [];
  for await (const event of new MetricsTail(file).rest()) events.push(event);
  expect(events).toEqual([step(7)]);
});

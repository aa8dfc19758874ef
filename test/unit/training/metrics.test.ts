import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { effectiveEvents } from '../../../server/protocol/progress.ts';
import { openMetrics, readMetrics } from '../../../server/training/metrics.ts';
import { temporary } from './runs.ts';

const folder = temporary();
afterAll(() => rmSync(folder, { recursive: true }));

const warning = (step: number) => ({ event: 'warning', step, code: 'c', message: 'm', time: 't' }) as RunEvent;
const step = (n: number, loss = n) => ({ event: 'step', step: n, loss, time: 't' }) as RunEvent;
const resumed = (n: number) => ({ event: 'resumed', step: n, time: 't' }) as RunEvent;
const end = (event: 'failed' | 'cancelled', n: number) => ({ event, step: n, time: 't' }) as RunEvent;
const started = { event: 'started', time: 't' } as RunEvent;

test('a line torn by a kill is closed by the next writer and skipped by readers', async () => {
  expect(await readMetrics(folder)).toEqual([]);
  const first = openMetrics(folder);
  first.append(step(1));
  first.close();
  const file = path.join(folder, 'metrics.jsonl');
  appendFileSync(file, '{"event":"step","step":2,"lo');
  const second = openMetrics(folder);
  second.append(resumed(1));
  second.append(step(2));
  second.close();
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(5);
  expect(await readMetrics(folder)).toEqual([step(1), resumed(1), step(2)]);
});

test('what was lost with an interruption does not count', () => {
  const events = [
    started,
    step(1),
    step(2),
    warning(2),
    step(3),
    end('failed', 3),
    resumed(1),
    step(2, 20),
    step(3, 30),
  ];
  expect(effectiveEvents(events)).toEqual([started, step(1), warning(2), resumed(1), step(2, 20), step(3, 30)]);
  const twice = [...events, end('cancelled', 3), resumed(2), step(3, 300)];
  expect(effectiveEvents(twice)).toEqual([
    started,
    step(1),
    warning(2),
    resumed(1),
    step(2, 20),
    resumed(2),
    step(3, 300),
  ]);
});

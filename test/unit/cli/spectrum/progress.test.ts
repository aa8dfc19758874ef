import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Io } from '../../../../server/cli/output.ts';
import { SpectrumProgress } from '../../../../server/cli/spectrum/progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function progress(live: boolean, columns = 80) {
  const written: string[] = [];
  const io = { live, columns: () => columns, write: (text: string) => written.push(text), paint: (_: unknown, text: string) => text }; // biome-ignore format: one line
  const bar = new SpectrumProgress(io as unknown as Io);
  bar.take({ type: 'matrices', matrices: [] });
  return { bar, written };
}

test('the time left goes down between items', () => {
  const { bar, written } = progress(true, 120);
  bar.take({ type: 'progress', done: 36, total: 72, remainingSeconds: 90 });
  expect(written.at(-1)).toBe(`\r${'█'.repeat(15)}${'░'.repeat(15)}  50%  36/72 matrices  ETA 1 m 30 s\x1b[K`);
  vi.advanceTimersByTime(5000);
  expect(written.at(-1)).toContain('ETA 1 m 25 s');
  bar.clear();
  expect(written.at(-1)).toBe('\r\x1b[K');
  const before = written.length;
  vi.advanceTimersByTime(5000);
  expect(written).toHaveLength(before);
});

test('in a narrow terminal the bar goes first', () => {
  const { bar, written } = progress(true, 24);
  bar.take({ type: 'progress', done: 1, total: 72 });
  expect(written.at(-1)).toBe('\r  1%  1/72 matrices\x1b[K');
});

test('without a terminal nothing is written', () => {
  const { bar, written } = progress(false);
  bar.take({ type: 'progress', done: 1, total: 2, remainingSeconds: 1 });
  bar.clear();
  expect(written).toEqual([]);
});

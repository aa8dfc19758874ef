import { expect, test } from 'vitest';
import { Progress } from '../../../../server/jobs/spectra/progress.ts';
import type { SpectrumItem } from '../../../../server/protocol/spectrum.ts';

function progress(costs: number[], lanes: number) {
  const items: SpectrumItem[] = [];
  return { items, progress: new Progress(costs, lanes, (item) => items.push(item)) };
}

test('what is left takes as long as its cost says, shared among the lanes', () => {
  const { items, progress: p } = progress([10, 10, 80, 100], 2);
  p.took(10, 1); // a second for ten
  p.next(10, 0);
  expect(items).toEqual([{ type: 'progress', done: 1, total: 4, remainingSeconds: 190 / 10 / 2 }]);
});

test('what came from the cache says nothing about the rest, and is not left', () => {
  const { items, progress: p } = progress([50, 10, 10], 1);
  p.next(50, 0);
  expect(items).toEqual([{ type: 'progress', done: 1, total: 3 }]);
  p.took(10, 2);
  p.next(10, 1000);
  expect(items[1]).toMatchObject({ remainingSeconds: 2 });
});

test('at most ten a second, and the last in any case', () => {
  const { items, progress: p } = progress(Array(100).fill(1), 1);
  for (let i = 0; i < 100; i++) p.next(1, 5 * i);
  expect(items.length).toBeLessThanOrEqual(6);
  expect(items.at(-1)).toMatchObject({ done: 100, total: 100 });
});

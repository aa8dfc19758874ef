import { expect, test } from 'vitest';
import { clockSeconds, processorSeconds } from '../../../server/wire/processes.ts';

test.each([
  ['  0:01.25\n', 1.25],
  ['00:00:07', 7],
  ['2:03:04', 7384],
  ['1-00:00:01', 86401],
  ['', undefined],
])('the clock of ps %j is %j seconds', (text, seconds) => {
  expect(clockSeconds(text)).toBe(seconds);
});

test.skipIf(process.platform === 'win32')('the processor time of a process grows with its work', () => {
  const before = processorSeconds(process.pid)!;
  for (const began = performance.now(); performance.now() - began < 300; );
  const used = processorSeconds(process.pid)! - before;
  // Of a busy machine it may have had less than all.
  expect(used).toBeGreaterThan(0.02);
  expect(used).toBeLessThan(5);
  expect(processorSeconds(undefined)).toBeUndefined();
});

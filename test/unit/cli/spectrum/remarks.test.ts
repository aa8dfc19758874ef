import { expect, test } from 'vitest';
import { RankwiseError } from '../../../../server/base/errors.ts';
import { encodeFloats } from '../../../../server/base/floats.ts';
import { rankWarnings, withKept } from '../../../../server/cli/spectrum/remarks.ts';
import { SpectrumReport } from '../../../../server/cli/spectrum/report.ts';

function reportOf(...shapes: [number, number][]): SpectrumReport {
  const report = new SpectrumReport();
  report.take({ type: 'matrices', matrices: shapes.map((shape, i) => ({ name: `m${i}`, shape, kind: 'm' })) });
  return report;
}

test('a rank above min(m, n) keeps all of a matrix: it is said of how many', () => {
  const { list } = reportOf([8, 16], [32, 16]);
  expect([8, 9, 17].map((rank) => rankWarnings(rank, list).map(({ message }) => message))).toEqual([
    [],
    ['Rank 9 is above min(m, n) of 1 of 2 matrices: all of them is kept there.'],
    ['Rank 17 is above min(m, n) of every matrix: all of them is kept there.'],
  ]);
  expect(rankWarnings(undefined, list)).toEqual([]);
});

test('what was stopped says how far it came, other errors stay', () => {
  const report = reportOf([2, 2], [2, 2]);
  const stopped = new RankwiseError('stopped', 'Stopped.', { kind: 'runtime' });
  expect(withKept(stopped, report)).toBe(stopped);
  const values = encodeFloats(Float32Array.of(2, 1));
  report.take({ type: 'values', matrix: 'm0', of: 'base', values, residual: 0, cached: false, seconds: 1 });
  expect(withKept(stopped, report)).toMatchObject({ code: 'stopped', message: 'Stopped after 1 of 2 matrices.' });
  const other = new RankwiseError('bad-safetensors', 'short');
  expect(withKept(other, report)).toBe(other);
});

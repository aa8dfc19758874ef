import { describe, expect, it } from 'vitest';
import { hasRank, methods } from '../../../../server/methods/registry.ts';
import type { SpectrumMatrix } from '../../../../server/protocol/spectrum.ts';
import { countsAtRank } from '../../../../webviews/spectrum/counts.ts';
import { measuresCsv, valuesCsv } from '../../../../webviews/spectrum/csv.ts';
import { Spectrum } from '../../../../webviews/spectrum/spectrum.ts';

const matrix: SpectrumMatrix = { name: 'h.0.q', shape: [3, 4], layer: 0, kind: 'h.*.q' };
const spectrumOf = (values: number[], of = matrix) =>
  new Spectrum(of, { values: Buffer.from(Float32Array.from(values).buffer).toString('base64'), residual: 1e-7 });
const line = { id: '0:base', subject: 0, of: 'base' as const, title: 'bert, "base"' };

describe('counts at a rank', () => {
  it('come from every registered method that has a rank', () => {
    const counts = countsAtRank(2, { ...matrix, shape: [8, 16] }, [
      { ...matrix, shape: [8, 16] },
      { ...matrix, shape: [1, 4] },
    ]);
    expect(counts.map(({ id }) => id)).toEqual(
      Object.values(methods)
        .filter(hasRank)
        .map(({ id }) => id),
    );
    // The second matrix has rank 1 at most.
    expect(counts.find(({ id }) => id === 'lora')).toMatchObject({ one: 2 * 24, all: 2 * 24 + 5 });
  });

  it('leave out methods whose rank is a number of blocks, and say which directions the others take', () => {
    const takes = Object.fromEntries(countsAtRank(2, matrix, [matrix]).map((each) => [each.id, each.takes]));
    expect(takes).toMatchObject({ lora: undefined, pissa: 'top', milora: 'bottom', 'lora-xs': 'top', svft: 'top' });
    expect(takes).not.toHaveProperty('oft');
  });

  it('say why a rank is not allowed', () => {
    const [lora] = countsAtRank(4, matrix, [matrix]);
    expect(lora!.one).toBeUndefined();
    expect(lora!.reason).toContain('min(m, n) = 3');
  });
});

describe('csv', () => {
  const curves = [{ line, spectrum: spectrumOf([2, 1, 0]) }];

  it('has one value a row, and quotes what needs it', () => {
    expect(valuesCsv(curves).split('\n')).toEqual([
      'line,matrix,layer,m,n,index,singular_value,normalised,cumulative_energy',
      '"bert, ""base""",h.0.q,0,3,4,1,2,1,0.8',
      '"bert, ""base""",h.0.q,0,3,4,2,1,0.5,1',
      '"bert, ""base""",h.0.q,0,3,4,3,0,0,1',
      '',
    ]);
  });

  it('has the measures of one matrix a row', () => {
    const [head, row] = measuresCsv(curves, 1, [0.1, 1.1]).split('\n');
    const record = Object.fromEntries(
      head!.split(',').map((name, i) => [name, row!.replace('"bert, ""base"""', 'b').split(',')[i]]),
    );
    expect(record).toMatchObject({
      largest: '2',
      condition: 'inf',
      rank_90: '2',
      energy_at_1: '0.8',
      numerical_rank: '2',
    });
    expect(Number(record['share_0.1_1.1'])).toBeCloseTo(1 / 3, 8);
  });
});

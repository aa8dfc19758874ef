import { describe, expect, it } from 'vitest';
import type { SpectrumMatrix } from '../../../../server/protocol/spectrum.ts';
import { gridOf, shortKinds } from '../../../../webviews/shared/grid.ts';
import { neighbour, shortName } from '../../../../webviews/spectrum/grid-model.ts';

const matrix = (kind: string, layer?: number): SpectrumMatrix => ({
  name: layer === undefined ? kind : kind.replace('*', String(layer)),
  shape: [4, 4],
  kind,
  ...(layer !== undefined && { layer }),
});
const grid = gridOf([
  matrix('h.*.q', 10),
  matrix('h.*.q', 2),
  matrix('h.*.k', 10),
  matrix('h.*.v', 2),
  matrix('h.*.v', 10),
  matrix('head'),
]);

describe('grid', () => {
  it('has a row for each kind, a column for each layer in order, and holes', () => {
    expect(grid.layers).toEqual([2, 10]);
    expect(grid.rows.map(({ label, cells }) => [label, ...cells])).toEqual([
      ['q', 'h.2.q', 'h.10.q'],
      ['k', undefined, 'h.10.k'],
      ['v', 'h.2.v', 'h.10.v'],
    ]);
    expect(grid.outside).toEqual(['head']);
  });

  it('is walked by arrows, past holes, down to what is outside of the layers', () => {
    expect(neighbour(grid, 'h.2.q', 'ArrowRight')).toBe('h.10.q');
    expect(neighbour(grid, 'h.2.q', 'ArrowDown')).toBe('h.2.v');
    expect(neighbour(grid, 'h.2.v', 'ArrowUp')).toBe('h.2.q');
    expect(neighbour(grid, 'h.10.v', 'ArrowDown')).toBe('head');
    expect(neighbour(grid, 'head', 'ArrowUp')).toBe('h.2.v');
    expect(neighbour(grid, 'h.10.q', 'Home')).toBe('row 0');
    expect(neighbour(grid, 'h.2.q', 'ArrowLeft')).toBe('row 0');
    expect(neighbour(grid, 'h.10.q', 'ArrowUp')).toBe('column 1');
    expect(neighbour(grid, 'column 1', 'ArrowLeft')).toBe('column 0');
    expect(neighbour(grid, 'h.10.q', 'ArrowRight')).toBeUndefined();
    expect(neighbour(grid, 'h.10.q', 'x')).toBeUndefined();
  });

  it('calls kinds by what tells them apart', () => {
    const kinds = shortKinds(['m.encoder.layers.*.q', 'm.decoder.layers.*.q', 'm.decoder.layers.*.cross.q']);
    expect([...kinds.values()]).toEqual(['encoder q', 'decoder q', 'cross.q']);
    expect(shortName(matrix('m.encoder.layers.*.q', 3), kinds)).toBe('encoder q · 3');
    expect(shortName(matrix('lm_head'), kinds)).toBe('lm_head');
  });
});

import { describe, expect, it } from 'vitest';
import type { SpectrumMatrix } from '../../../../server/protocol/spectrum.ts';
import { rankForEnergy } from '../../../../server/spectrum/measures.ts';
import { colourAt, placeOn, ramp, scaleAround, scaleOf, scaleWithin } from '../../../../webviews/shared/ramps.ts';
import { matrixColours } from '../../../../webviews/spectrum/colours.ts';
import { wrapped } from '../../../../webviews/spectrum/picture.ts';
import { quantileMap } from '../../../../webviews/spectrum/quantile-map.ts';
import { quantileColumns, Spectrum } from '../../../../webviews/spectrum/spectrum.ts';
import { power } from '../../../../webviews/spectrum/ticks.ts';

const matrix: SpectrumMatrix = { name: 'h.0.q', shape: [3, 4], layer: 0, kind: 'h.*.q' };
const spectrumOf = (values: number[], of = matrix) =>
  new Spectrum(of, { values: Buffer.from(Float32Array.from(values).buffer).toString('base64'), residual: 1e-7 });
describe('quantile map', () => {
  it('has a row for each layer, from the largest value to the smallest, and gaps where nothing was measured yet', () => {
    const layers = [0, 1].map((layer) => ({ ...matrix, name: `h.${layer}.q`, layer }));
    const first = spectrumOf(Array.from({ length: 101 }, (_, i) => 101 - i));
    void first.measures;
    const map = quantileMap(layers, ({ layer }) => (layer === 0 ? first : spectrumOf([1])), 'h.1.q');
    expect([map.rows, map.columns, map.marked]).toEqual([2, quantileColumns, 1]);
    expect(map.values[0]).toBeCloseTo(101 - 100 * (0.5 / quantileColumns), 3);
    expect(map.values[quantileColumns - 1]).toBeCloseTo(1 + 100 * (0.5 / quantileColumns), 3);
    expect(map.values[quantileColumns]).toBeNaN();
    expect(map.describe(1, 0)).toContain('no value yet');
  });
});

describe('a spectrum', () => {
  it('knows the rank for an energy as the measures know it', () => {
    for (const values of [[3, 2, 1, 0], [0, 0], [1]])
      for (const share of [0, 0.5, 0.9, 0.99, 1])
        expect(spectrumOf(values).rankFor(share)).toBe(rankForEnergy(Float32Array.from(values), share));
  });
});

describe('colours', () => {
  it('leave out what has no place on the scale', () => {
    const scale = scaleOf([Number.NaN, Number.POSITIVE_INFINITY, 1, 100, 0], true)!;
    expect(scale).toEqual({ low: 1, high: 100, logarithmic: true });
    expect([1, 10, 100, 0, Number.POSITIVE_INFINITY].map((value) => placeOn(scale, value))).toEqual([0, 0.5, 1, 0, 1]);
    expect(scaleOf([Number.NaN], false)).toBeUndefined();
  });

  it('are not taken by one value that is far from all others', () => {
    const near = [10, 11, 12, 13, 14, 15, 16];
    const scale = scaleWithin([...near, 400, Number.NaN], false)!;
    expect(scale).toEqual({ low: 10, high: 16, logarithmic: false, above: true });
    expect([400, 13, -5].map((value) => placeOn(scale, value))).toEqual([1, 0.5, 0]);
    expect(scaleWithin([1e-9, ...near], true)).toEqual({ low: 10, high: 16, logarithmic: true, below: true });
    expect(scaleWithin([...near, 24], false)).toEqual({ low: 10, high: 24, logarithmic: false });
    expect(scaleWithin([10, 11, 400], false)).toMatchObject({ high: 400 });
    expect(scaleWithin([...Array(9).fill(1), 2], false)).toMatchObject({ low: 1, high: 2 });
  });

  it('around a neutral value: it recedes, and both sides differ', () => {
    const scale = scaleAround(1, [0.5, 1.25, Number.NaN])!;
    expect(scale).toEqual({ low: 0.5, high: 1.5, logarithmic: false, diverging: true });
    expect(placeOn(scale, 1)).toBe(0.5);
    const [red, , blue] = colourAt(scale, 1, false);
    expect(red).toBeGreaterThan(blue);
    expect(colourAt(scale, 0, false)[2]).toBeGreaterThan(colourAt(scale, 0, false)[0]);
    for (const channel of colourAt(scale, 0.5, true)) expect(channel).toBeLessThan(40);
    expect(scaleAround(0, [0, 0])).toMatchObject({ low: -1, high: 1 });
  });

  it('grow away from the background', () => {
    const light = (rgb: readonly number[]) => rgb.reduce((sum, part) => sum + part, 0);
    for (let i = 1; i <= 10; i++) {
      expect(light(ramp(i / 10, true))).toBeGreaterThan(light(ramp((i - 1) / 10, true)) - 30);
      expect(light(ramp(i / 10, false))).toBeLessThan(light(ramp((i - 1) / 10, false)));
    }
  });

  it('are distinct for a few matrices, a ramp for many', () => {
    expect(matrixColours(2, ['red', 'blue'], true)).toEqual(['red', 'blue']);
    expect(new Set(matrixColours(30, ['red', 'blue'], true)).size).toBe(30);
  });
});

describe('a caption', () => {
  it('breaks between words, and keeps a word that is too long whole', () => {
    const width = (text: string) => text.length;
    expect(wrapped('one two three', 7, width)).toEqual(['one two', 'three']);
    expect(wrapped('incomprehensible a b', 7, width)).toEqual(['incomprehensible', 'a b']);
  });
});

describe('ticks', () => {
  it('are powers of ten where numbers get small or large', () => {
    expect([1e-5, 2e-4, 0.01, 5, 1e5].map(power)).toEqual(['10⁻⁵', '2·10⁻⁴', '0.01', '5', '10⁵']);
  });
});

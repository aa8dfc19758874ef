import { describe, expect, it } from 'vitest';
import type { SpectrumChange } from '../../../../server/protocol/spectrum.ts';
import { readingOf } from '../../../../server/spectrum/reading.ts';
import { outsideSpan, overlapMap } from '../../../../webviews/spectrum/change-maps.ts';
import { interpret } from '../../../../webviews/spectrum/interpret.ts';

const encode = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer).toString('base64');
const change: SpectrumChange = {
  type: 'change',
  matrix: 'a',
  baseNorm: 10,
  updateNorm: 1,
  directions: 2,
  bins: [0, 1, 4],
  left: encode(0.75, 0, 0.25, 0.5),
  right: encode(0.5, 0.5, 0.5, 0.5),
  inTop: 0.6,
  inTopByChance: 0.001,
  diagonal: 0.1,
  amplification: 21,
};

describe('reading of a change', () => {
  it.each([
    ['amplifies', {}],
    ['rescales', { diagonal: 0.5 }],
    ['leans', { inTop: 0.2 }],
    ['new', { inTop: 0.05 }],
    // Many directions in a small matrix: chance alone puts a good part between the leading ones.
    ['leans', { inTop: 0.45, inTopByChance: 0.16 }],
    ['leans', { inTop: 0.65, inTopByChance: 0.32 }],
    ['amplifies', { inTop: 0.73, inTopByChance: 0.32 }],
    ['new', { inTop: 0.66, inTopByChance: 0.64 }],
    // All directions of a small matrix are leading ones: that says nothing.
    ['new', { inTop: 1, inTopByChance: 1 }],
    ['nothing', { updateNorm: 0 }],
  ] as const)('is "%s" for %j', (reading, numbers) => {
    expect(readingOf({ ...change, ...numbers })).toBe(reading);
  });

  it('gives the numbers that it rests on', () => {
    const { title, text } = interpret(change);
    expect(title).toBe('Mostly amplifies existing directions.');
    expect(text).toBe(
      '60% of the update lies within the base’s leading 2 directions; chance gives 0.1%. Along its own directions it is 21 times what the base has there.',
    );
    expect(interpret({ ...change, amplification: Number.POSITIVE_INFINITY }).text).toContain('has nothing along');
  });
});

describe('overlap map', () => {
  it('has bins as rows, the update’s directions as columns, and one scale for both sides', () => {
    const map = overlapMap(change, 'right');
    expect([map.rows, map.columns]).toEqual([2, 2]);
    expect(map.scale).toEqual({ low: 0, high: 0.75, logarithmic: false });
    expect(map.y.ticks.map(({ label }) => label)).toEqual(['1', '2–4']);
    expect(overlapMap(change, 'left').describe(1, 1)).toBe('Update’s direction 2, base’s directions 2–4: 50%');
  });

  it('knows what lies outside of the base’s span', () => {
    expect(outsideSpan(change, 'left')).toBeCloseTo(0.25, 6);
    expect(outsideSpan(change, 'right')).toBe(0);
  });
});

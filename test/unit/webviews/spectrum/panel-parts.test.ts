import { describe, expect, it } from 'vitest';
import { methods } from '../../../../server/methods/registry.ts';
import type { SpectrumMatrix } from '../../../../server/protocol/spectrum.ts';
import { matrixColours, placeOn, ramp, scaleOf } from '../../../../webviews/spectrum/colours.ts';
import { countsAtRank } from '../../../../webviews/spectrum/counts.ts';
import { measuresCsv, valuesCsv } from '../../../../webviews/spectrum/csv.ts';
import { type Clock, Frames } from '../../../../webviews/spectrum/frames.ts';
import { quantileMap } from '../../../../webviews/spectrum/quantile-map.ts';
import { rankByKey } from '../../../../webviews/spectrum/rank-cursor.ts';
import { quantileColumns, Spectrum } from '../../../../webviews/spectrum/spectrum.ts';
import { power } from '../../../../webviews/spectrum/ticks.ts';
import { initialView, restoreView, withAll, withSelected } from '../../../../webviews/spectrum/view-state.ts';

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
        .filter(({ fields }) => fields.some(({ name }) => name === 'rank'))
        .map(({ id }) => id),
    );
    // The second matrix has rank 1 at most.
    expect(counts.find(({ id }) => id === 'lora')).toMatchObject({ one: 2 * 24, all: 2 * 24 + 5 });
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

describe('quantile map', () => {
  it('has a row for each layer, from the largest value to the smallest, and gaps where nothing has come', () => {
    const layers = [0, 1].map((layer) => ({ ...matrix, name: `h.${layer}.q`, layer }));
    const first = spectrumOf(Array.from({ length: 101 }, (_, i) => 101 - i));
    void first.measures;
    const map = quantileMap(layers, ({ layer }) => (layer === 0 ? first : undefined), 'h.1.q');
    expect([map.rows, map.columns, map.marked]).toEqual([2, quantileColumns, 1]);
    expect(map.values[0]).toBeCloseTo(101 - 100 * (0.5 / quantileColumns), 3);
    expect(map.values[quantileColumns - 1]).toBeCloseTo(1 + 100 * (0.5 / quantileColumns), 3);
    expect(map.values[quantileColumns]).toBeNaN();
    expect(map.describe(1, 0)).toContain('no value yet');
  });
});

describe('colours', () => {
  it('leave out what has no place on the scale', () => {
    const scale = scaleOf([Number.NaN, Number.POSITIVE_INFINITY, 1, 100, 0], true)!;
    expect(scale).toEqual({ low: 1, high: 100, logarithmic: true });
    expect([1, 10, 100, 0, Number.POSITIVE_INFINITY].map((value) => placeOn(scale, value))).toEqual([0, 0.5, 1, 0, 1]);
    expect(scaleOf([Number.NaN], false)).toBeUndefined();
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

describe('settings', () => {
  it('come back as they were, without what does not fit', () => {
    const kept = {
      ...initialView,
      selected: ['a', 'b'],
      rank: 64,
      interval: [0, 2] as [number, number],
      measure: 'energy' as const,
    };
    expect(restoreView(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
    expect(restoreView({ measure: 'toString', rank: -1, interval: [2, 1], selected: 'a', logarithmic: 'yes' })).toEqual(
      initialView,
    );
  });

  it('choose one, several, a row, and never none', () => {
    expect(withSelected(['a', 'b'], 'c', false)).toEqual(['c']);
    expect(withSelected(['a', 'b'], 'c', true)).toEqual(['a', 'b', 'c']);
    expect(withSelected(['a', 'b'], 'a', true)).toEqual(['b']);
    expect(withSelected(['a'], 'a', true)).toEqual(['a']);
    expect(withAll(['a'], ['b', 'c'], true)).toEqual(['a', 'b', 'c']);
    expect(withAll(['a'], ['b', 'c'], false)).toEqual(['b', 'c']);
  });
});

describe('rank cursor', () => {
  it('moves by keys and stays between 1 and the largest rank', () => {
    const at = (key: string, rank: number, shiftKey = false) => rankByKey({ key, shiftKey }, { rank, largest: 768 });
    expect(at('ArrowRight', 8)).toBe(9);
    expect(at('ArrowLeft', 8, true)).toBe(1);
    expect(at('PageUp', 500)).toBe(768);
    expect(at('PageDown', 9)).toBe(4);
    expect(at('End', 1)).toBe(768);
    expect(at('x', 1)).toBeUndefined();
  });
});

describe('ticks', () => {
  it('are powers of ten where numbers get small or large', () => {
    expect([1e-5, 2e-4, 0.01, 5, 1e5].map(power)).toEqual(['10⁻⁵', '2·10⁻⁴', '0.01', '5', '10⁵']);
  });
});

describe('frames', () => {
  function manual(cost: number) {
    let time = 0;
    const queue: (() => void)[] = [];
    const timers: (() => void)[] = [];
    const drawn: string[] = [];
    const clock: Clock = {
      now: () => time,
      frame: (callback) => void queue.push(callback),
      after: (callback, milliseconds) =>
        void timers.push(() => {
          time += milliseconds;
          callback();
        }),
    };
    const part = (name: string, pause = 0) => ({
      name,
      pause,
      render() {
        drawn.push(name);
        time += cost;
      },
    });
    return { clock, part, drawn, frame: () => queue.shift()?.(), timer: () => timers.shift()?.() };
  }

  it('draw each part that asked once, and leave to the next frame what does not fit', () => {
    const { clock, part, drawn, frame } = manual(5);
    const frames = new Frames([part('a'), part('b'), part('c')], () => false, clock);
    frames.ask();
    frames.ask('a');
    frame();
    expect(drawn).toEqual(['a', 'b']);
    frame();
    expect(drawn).toEqual(['a', 'b', 'c']);
  });

  it('let a part rest that asks all the time', () => {
    const { clock, part, drawn, frame, timer } = manual(1);
    const frames = new Frames([part('a', 100)], () => false, clock);
    frames.ask('a');
    frame();
    frames.ask('a');
    frame();
    expect(drawn).toEqual(['a']);
    timer();
    frame();
    expect(drawn).toEqual(['a', 'a']);
  });
});

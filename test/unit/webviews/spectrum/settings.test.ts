import { describe, expect, it } from 'vitest';
import type { SpectrumTheme } from '../../../../webviews/spectrum/colours.ts';
import { SpectrumModel } from '../../../../webviews/spectrum/model.ts';
import { rankByKey } from '../../../../webviews/spectrum/rank-cursor.ts';
import { Scene } from '../../../../webviews/spectrum/scene.ts';
import { initialView, restoreView, withAll, withSelected } from '../../../../webviews/spectrum/view-state.ts';

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
  it('stands where the recipe cuts the matrix in focus, until someone moves it', () => {
    const model = new SpectrumModel();
    const cut = (matrix: string, rank: number) => ({ matrix, method: 'pissa', rank, end: 'top' as const });
    model.init({ type: 'init', subjects: [{ model: '/m', title: 'm' }], cuts: [cut('a', 16), cut('b', 99)] });
    const matrices = ['a', 'b', 'c'].map((name) => ({ name, shape: [32, 64] as [number, number], kind: name }));
    model.take(0, [{ type: 'matrices', matrices }]);
    const rankAt = (selected: string, rank?: number) =>
      new Scene(model, { ...initialView, selected: [selected], rank }, {} as SpectrumTheme).rank;
    expect(['a', 'b', 'c'].map((name) => rankAt(name))).toEqual([16, 32, 8]);
    expect(rankAt('a', 3)).toBe(3);
  });

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

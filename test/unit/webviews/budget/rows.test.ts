import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../../webviews/budget/chosen.ts';
import { rowsCsv } from '../../../../webviews/budget/csv.ts';
import { budgetText } from '../../../../webviews/budget/head.ts';
import { ofBudget, rowsOf, shownRows, sortRows, times } from '../../../../webviews/budget/rows.ts';
import { restoreView, sortedBy, toggled } from '../../../../webviews/budget/view-state.ts';
import { comparison, row } from './comparison.ts';

const four = [
  row('lora', 200, 2, { rank: 2 }),
  row('lora', 100, 1, { rank: 1, present: true }),
  row('svft', 50, 64, { form: 'banded, d = 2' }),
  row('full', 10_000, 64),
];
const labels = (rows: { label: string }[]) => rows.map(({ label }) => label);

describe('rows', () => {
  it('have names, and say what is above the budget: the limit itself is not', () => {
    const rows = rowsOf(comparison(four, 100));
    expect(labels(rows)).toEqual(['LORA, rank 2', 'LORA, rank 1', 'SVFT, banded, d = 2', 'FULL']);
    expect(rows.map(({ over }) => over)).toEqual([true, false, false, true]);
    expect(rowsOf(comparison(four)).some(({ over }) => over)).toBe(false);
  });

  it('of one rank with other settings have keys of their own', () => {
    const rows = rowsOf(comparison([row('lora', 8, 2, { rank: 2 }), row('lora', 7, 2, { rank: 2, present: true })]));
    expect(new Set(rows.map(({ key }) => key)).size).toBe(2);
  });

  it('are sorted by number or name; what has no rank comes last either way', () => {
    const rows = rowsOf(comparison(four));
    const by = (column: 'rank' | 'method' | 'trainable', descending: boolean) =>
      labels(sortRows(rows, { column, descending }));
    expect(by('trainable', false)).toEqual(['SVFT, banded, d = 2', 'LORA, rank 1', 'LORA, rank 2', 'FULL']);
    expect(by('rank', true)).toEqual(['LORA, rank 2', 'LORA, rank 1', 'SVFT, banded, d = 2', 'FULL']);
    expect(by('rank', false)).toEqual(['LORA, rank 1', 'LORA, rank 2', 'SVFT, banded, d = 2', 'FULL']);
    expect(by('method', true)[0]).toBe('SVFT, banded, d = 2');
  });

  it('are filtered by method and by the budget, which leaves the recipe’s own', () => {
    const rows = rowsOf(comparison(four, 60));
    const shown = (change: object) => labels(shownRows(rows, { ...restoreView(), ...change }));
    expect(shown({ hidden: ['lora'] })).toEqual(['SVFT, banded, d = 2', 'FULL']);
    expect(shown({ within: true })).toEqual(['LORA, rank 1', 'SVFT, banded, d = 2']);
  });

  it('go into a CSV file, forms quoted', () => {
    const [head, ...lines] = rowsCsv(rowsOf(comparison(four, 100)))
      .trim()
      .split('\n');
    expect(head).toMatch(/^method,form,rank,trainable/);
    expect(lines[0]).toBe('lora,,2,200,2,800,0,2,true,false');
    expect(lines[2]).toBe('svft,"banded, d = 2",,50,0.5,200,0,64,false,false');
  });
});

describe('words', () => {
  it('say how much of the budget a row takes', () => {
    expect([ofBudget(50, 200), ofBudget(200, 200), ofBudget(500, 200), ofBudget(5, 0)]).toEqual([
      '25%',
      '100%',
      '2.5×',
      'over',
    ]);
    expect(times(1 / 3)).toBe('0.333×');
  });

  it('say what is left', () => {
    expect(budgetText(100, 40, 1)).toBe('Budget: 100. The recipe trains 40, 60 are left (60%)');
    expect(budgetText(100, 140, 2)).toMatch(/This entry trains 140, 40 too many$/);
    expect(budgetText(-5, 10, 2)).toMatch(/: 0\. This entry trains 10, 15 too many$/);
    expect(budgetText(undefined, 10, 1)).toMatch(/^No budget/);
  });

  it('compare a row with the recipe’s', () => {
    const [more, present] = rowsOf(comparison(four));
    expect(factsOf(more!, present)).toBe('200 trainable, 2% (2× the recipe’s) · update rank 2 · file 800 B');
    expect(factsOf(present!, present)).not.toContain('×');
  });
});

describe('what the person set', () => {
  it('comes back, less what does not fit', () => {
    const view = { ...restoreView(), entry: 1, sort: { column: 'file' as const, descending: true }, hidden: ['dora'] };
    expect(restoreView(JSON.parse(JSON.stringify(view)))).toEqual(view);
    expect(restoreView({ entry: -1, sort: { column: 'colour' }, hidden: [3, 'a'], within: 'yes', chosen: 4 })).toEqual({
      ...restoreView(),
      hidden: ['a'],
    });
  });

  it('turns the order around at the second click of a head', () => {
    const view = restoreView();
    expect(sortedBy(view, 'trainable')).toEqual({ column: 'trainable', descending: true });
    expect(sortedBy(view, 'rank')).toEqual({ column: 'rank', descending: false });
  });

  it('hides a method, shows it alone, and never hides all', () => {
    const all = ['a', 'b', 'c'];
    expect(toggled([], 'b', all, false)).toEqual(['b']);
    expect(toggled(['b'], 'b', all, false)).toEqual([]);
    expect(toggled(['b'], 'c', all, true)).toEqual(['a', 'b']);
    expect(toggled(['a', 'b'], 'c', all, true)).toEqual([]);
    expect(toggled(['a', 'b'], 'c', all, false)).toEqual([]);
  });
});

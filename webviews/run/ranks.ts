/** Ranks of a run, layer × type and as a table. Pure. */
import { count } from '../../server/base/units.ts';
import { quoted } from '../shared/csv.ts';
import { gridOf } from '../shared/grid.ts';
import { everyFew, type HeatMapContent } from '../shared/heat-map.ts';
import type { Allocation, RunModel } from './model.ts';

/** By its name alone: the first number in it is the layer. */
export function placeOf(name: string): { name: string; kind: string; layer?: number } {
  const layer = /\.(\d+)\./.exec(name)?.[1];
  return layer === undefined
    ? { name, kind: name }
    : { name, kind: name.replace(`.${layer}.`, '.*.'), layer: Number(layer) };
}

/** @param most the rank at the end of the scale. */
export function ranksMap(modules: readonly string[], { ranks }: Allocation, most: number): HeatMapContent {
  const grid = gridOf(modules.map(placeOf));
  const rankOf = new Map(modules.map((name, i) => [name, ranks[i]!]));
  // What lies outside of the layers has rows of its own.
  const rows = [...grid.rows, ...grid.outside.map((name) => ({ kind: name, label: name, cells: [name] }))];
  const columns = Math.max(1, grid.layers.length);
  const names = rows.flatMap(({ cells }) => Array.from({ length: columns }, (_, i) => cells[i]));
  const values = Float32Array.from(names, (name) => (name === undefined ? Number.NaN : rankOf.get(name)!));
  return {
    rows: rows.length,
    columns,
    values,
    scale: { low: 0, high: Math.max(1, most), logarithmic: false },
    x: { title: 'layer', ticks: everyFew(grid.layers.length, 32, (i) => String(grid.layers[i])) },
    y: { title: '', ticks: rows.map(({ label }, at) => ({ at, label })) },
    legend: 'rank',
    format: count,
    numbers: count,
    describe: (row, column) => {
      const name = names[row * columns + column];
      return name === undefined ? 'No such matrix' : `${name}: rank ${count(rankOf.get(name)!)}`;
    },
  };
}

/** The largest rank that any matrix ever had: the end of the scale, so that steps compare. */
export const largestRank = ({ allocations }: RunModel): number =>
  allocations.reduce((most, { ranks }) => ranks.reduce((a, b) => Math.max(a, b), most), 0);

/** "After step 24: 227 of 336 ranks, 1 to 12 a matrix; 3 of 28 matrices have none." */
export function allocationText({ allocations }: RunModel, { step, budget, ranks }: Allocation): string {
  const first = allocations[0]!.budget;
  const when = step === 0 ? 'At the start' : `After step ${count(step)}`;
  const none = ranks.filter((rank) => rank === 0).length;
  const range = `${count(Math.min(...ranks))} to ${count(Math.max(...ranks))} a matrix`;
  const empty = none > 0 ? `; ${count(none)} of ${count(ranks.length)} matrices have none` : '';
  return `${when}: ${count(budget)}${budget < first ? ` of ${count(first)}` : ''} ranks, ${range}${empty}.`;
}

/** A matrix at an allocation a row. */
export function ranksCsv({ allocations, rankedModules }: RunModel): string {
  const rows = allocations.flatMap(({ step, budget, ranks }) =>
    rankedModules.map((name, i) => `${step},${budget},${quoted(name)},${placeOf(name).layer ?? ''},${ranks[i]}`),
  );
  return `${['step,budget,module,layer,rank', ...rows].join('\n')}\n`;
}

/** What a chart shows as a table: all steps of all its runs, with nothing left out. Pure. */
import { quoted } from '../shared/csv.ts';
import type { Point } from '../shared/series.ts';
import type { MovingAverage } from './average.ts';
import type { Series } from './column.ts';
import { placeOfStep, type ShownRun } from './horizontal.ts';
import type { RunModel } from './model.ts';

/** A column of the table: a value for each row of a run, or for some steps. */
export interface TableColumn {
  name: string;
  of(model: RunModel): Series | MovingAverage | readonly Point[];
}

/** Rows that a file may have: more are more than a page can hold as text. */
export const mostRows = 1_500_000;

/** Rows of a run within steps, both ends included. */
function rowsWithin({ steps }: RunModel, from: number, to: number): [number, number] {
  return [steps.lowerBound(from), Math.min(steps.length, steps.lowerBound(to + 1))];
}

const isPoints = (values: ReturnType<TableColumn['of']>): values is readonly Point[] => Array.isArray(values);

/** How many rows the table has at most. */
export function tableRows(runs: readonly ShownRun[], columns: readonly TableColumn[], from = 0, to = Infinity): number {
  return runs.reduce((sum, { model }) => {
    const values = columns.map(({ of }) => of(model));
    const [first, end] = values.every(isPoints) ? [0, 0] : rowsWithin(model, from, to);
    return sum + end - first + values.filter(isPoints).reduce((all, points) => all + points.length, 0);
  }, 0);
}

/** @param from, to steps, both included. Times are seconds of training; what is no number is empty. */
export function tableCsv(
  runs: readonly ShownRun[],
  columns: readonly TableColumn[],
  from = 0,
  to = Number.POSITIVE_INFINITY,
): string {
  const head = ['run', 'step', 'tokens', 'seconds', ...columns.map(({ name }) => name)];
  const parts = [`${head.map(quoted).join(',')}\n`];
  for (const run of runs) for (const line of linesOf(run, columns, from, to)) parts.push(line);
  return parts.join('');
}

function* linesOf({ name, model }: ShownRun, columns: readonly TableColumn[], from: number, to: number) {
  const values = columns.map(({ of }) => of(model));
  const points = values.filter(isPoints).map((all) => all.filter(({ x }) => x >= from && x <= to));
  const dense = values.length > points.length;
  const [first, end] = dense ? rowsWithin(model, from, to) : [0, 0];
  const pointSteps = [...new Set(points.flat().map(({ x }) => x))].sort((a, b) => a - b);
  const pointAt = values.map((each) => isPoints(each) && new Map(each.map(({ x, y }) => [x, y])));
  const averaged = values.map((each) => ('each' in each ? averagesOf(each, first, end) : undefined));
  const run = quoted(name);
  const line = (step: number, row: number | undefined) => {
    const cells = values.map((each, i) => {
      if (pointAt[i]) return cell(pointAt[i].get(step));
      if (row === undefined) return '';
      return cell(averaged[i] ? averaged[i][row - first] : (each as Series).at(row));
    });
    const tokens = placeOfStep(model, 'tokens', step);
    const seconds = Number(placeOfStep(model, 'time', step).toFixed(3));
    return `${run},${step},${tokens},${seconds},${cells.join(',')}\n`;
  };
  let next = 0;
  for (let row = first; row < end; row++) {
    const step = model.steps.at(row);
    // An evaluation where there is no step: before the first one.
    while (next < pointSteps.length && pointSteps[next]! < step) yield line(pointSteps[next++]!, undefined);
    if (pointSteps[next] === step) next++;
    yield line(step, row);
  }
  while (next < pointSteps.length) yield line(pointSteps[next++]!, undefined);
}

function averagesOf(average: MovingAverage, from: number, to: number): Float64Array {
  const values = new Float64Array(to - from);
  average.each(from, to, (i, value) => {
    values[i - from] = value;
  });
  return values;
}

/** With as few digits as tell it from every other float32; what was computed in double has nine. */
function cell(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '';
  for (const digits of [6, 7, 8]) {
    const short: number = Number(value.toPrecision(digits));
    if (short === value || (Math.fround(value) === value && Math.fround(short) === value)) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

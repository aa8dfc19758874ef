/** The points of a sweep as rows: those that have just ended, and all of them, the best first. */
import { count, duration } from '../../base/units.ts';
import { haltedText } from '../../metrics/halving.ts';
import { hindrance, stateText } from '../../metrics/run-state.ts';
import {
  budgetText,
  byMetric,
  columnsOf,
  counts,
  type PointRecord,
  pointMetric,
  type Sweep,
  shownValue,
} from '../../metrics/sweeps.ts';
import type { RunRecord, RunState } from '../../protocol/runs.ts';
import { type Io, plain, table } from '../output.ts';
import { shortPath } from '../report.ts';

const stateColours: Record<RunState, 'green' | 'red' | 'yellow' | 'cyan' | 'gray'> = {
  queued: 'gray',
  running: 'cyan',
  finished: 'green',
  failed: 'red',
  cancelled: 'yellow',
  interrupted: 'yellow',
  missing: 'gray',
};

/** One that is held up runs all the same, and wants to be seen. */
const stateColour = (record: RunRecord) => (hindrance(record) ? 'yellow' : stateColours[record.state]);

/** A row of a table with the state in colour; the line of titles has none. */
export function paintedState(line: string, record: RunRecord | undefined, io: Io): string {
  const text = record && stateText(record);
  return text ? line.replace(` ${text}`, ` ${io.paint(stateColour(record), text)}`) : line;
}

type Cells = (record: PointRecord) => string[];

/** One row for each run under a line of titles, with the state in colour. */
export function pointTable(runs: readonly PointRecord[], io: Io, more: { titles: string[]; cells: Cells }): string[] {
  const columns = columnsOf(runs);
  const metric = runs[0]?.sweep.metric;
  const head = [
    'point',
    ...columns.map(({ title }) => plain(title)),
    'state',
    ...(metric ? [metric] : []),
    ...more.titles,
  ];
  const rows = runs.map((record) => [
    String(record.sweep.point),
    ...columns.map(({ path }) => plain(shownValue(record.sweep.values[path]))),
    stateText(record),
    ...(metric ? [metricText(record)] : []),
    ...more.cells(record),
  ]);
  const right = [0, ...columns.map((_, i) => i + 1), ...(metric ? [columns.length + 2] : [])];
  return table([head, ...rows], right).map((line, i) => paintedState(line, runs[i - 1], io));
}

/** Of a point without a result what it came to at the last rung, if there was one. */
const metricText = (record: PointRecord): string =>
  (pointMetric(record) ?? record.rungs?.at(-1)?.value)?.toPrecision(5) ?? '–';

/** "2 finished, 1 failed". */
export const countsText = (runs: readonly PointRecord[]): string =>
  [...counts(runs)].map(([state, number]) => `${count(number)} ${state}`).join(', ');

/** What a run of a sweep, or going on with it, ends with. */
export function showSweep({ id, runs }: Sweep, io: Io): void {
  io.say('');
  const lines = pointTable(byMetric(runs), io, {
    titles: ['trainable', 'time', 'directory'],
    cells: ({ result, from, run }) => [
      result ? count(result.trainableParameters) : '–',
      result ? duration(result.seconds) : '–',
      `${shortPath(run)}${from === undefined ? '' : ` from ${shortPath(from)}`}`,
    ],
  });
  for (const line of lines) io.say(line);
  io.say('');
  io.say(`${id}: ${budgetText(runs) ?? countsText(runs)}`);
}

/** Rows as their points end: columns are as wide as what can come. */
export class FillingTable {
  private readonly io: Io;
  private readonly widths: number[];
  private readonly columns: { path: string; title: string }[];
  private readonly metric: string | undefined;

  constructor(runs: readonly PointRecord[], io: Io) {
    this.io = io;
    this.columns = columnsOf(runs);
    this.metric = runs[0]?.sweep.metric;
    const cells = runs.map(({ sweep }) => this.columns.map(({ path }) => plain(shownValue(sweep.values[path]))));
    const values = this.columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)));
    this.widths = [5, ...values, 11, Math.max(10, this.metric?.length ?? 0)];
    this.row(['point', ...this.columns.map(({ title }) => plain(title)), 'state', this.metric ?? '', 'time']);
  }

  add(record: PointRecord): void {
    const { state, sweep, result, from, error } = record;
    const end =
      error && state !== 'cancelled' ? `${error.code}: ${error.message}` : result ? duration(result.seconds) : '';
    const early = haltedText(record) ?? (record.overBudget ? 'out of budget' : end);
    const values = this.columns.map(({ path }) => shownValue(sweep.values[path]));
    const metric = this.metric === undefined ? '' : metricText(record);
    const note = from === undefined ? early : `from ${shortPath(from)}`;
    this.row([String(sweep.point), ...values, state, metric, note].map(plain), stateColours[state]);
  }

  private row(cells: string[], colour?: (typeof stateColours)[RunState]): void {
    const state = this.columns.length + 1;
    const text = cells.map((cell, i) => {
      const width = this.widths[i] ?? 0;
      if (i !== state) return i < state || i === state + 1 ? cell.padStart(width) : cell;
      return (colour ? this.io.paint(colour, cell) : cell) + ' '.repeat(Math.max(0, width - cell.length));
    });
    this.io.say(text.join('  ').trimEnd());
  }
}

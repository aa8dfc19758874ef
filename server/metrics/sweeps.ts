/** The runs of a sweep together: which they are, what they come to, and in which order they are best. */
import type { SweepFinishedEvent } from '../protocol/events.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { isWaiting } from './halving.ts';
import { lowerIsBetter, valueIn } from './metrics.ts';
import { isUnattended } from './run-state.ts';

export interface Sweep {
  id: string;
  name: string;
  /** In the order of the points. */
  runs: PointRecord[];
}
export type PointRecord = RunRecord & { sweep: NonNullable<RunRecord['sweep']> };

export const isPoint = (record: RunRecord): record is PointRecord => record.sweep !== undefined;

/** The sweeps among some runs, in the order of their first runs there. */
export function sweepsOf(records: readonly RunRecord[]): Sweep[] {
  const sweeps = new Map<string, Sweep>();
  for (const record of records.filter(isPoint)) {
    const { id, name } = record.sweep;
    const sweep = sweeps.get(id) ?? { id, name, runs: [] };
    sweeps.set(id, sweep);
    sweep.runs.push(record);
  }
  for (const { runs } of sweeps.values()) runs.sort((a, b) => a.sweep.point - b.sweep.point);
  return [...sweeps.values()];
}

/** Of the trained adapter, by what the sweep goes by; undefined while there is none. */
export function pointMetric({ sweep, result }: RunRecord): number | undefined {
  const { adapted } = result ?? {};
  const value = adapted && sweep?.metric !== undefined ? valueIn(adapted, sweep.metric) : undefined;
  return Number.isFinite(value) ? value : undefined;
}

/** Best first; those without a value come last, the ones that halving let furthest before others. */
export function byMetric(runs: readonly PointRecord[]): PointRecord[] {
  const sign = lowerIsBetter(runs[0]?.sweep.metric ?? 'loss') ? 1 : -1;
  const value = (run: PointRecord) => {
    const metric = pointMetric(run);
    return metric === undefined ? Number.POSITIVE_INFINITY : sign * metric;
  };
  const { POSITIVE_INFINITY: none } = Number;
  // Of equal values (none at all, too) the first that differs.
  const keys = (run: PointRecord) => [value(run), -(run.rungs?.length ?? 0), run.halted?.rank ?? none, run.sweep.point];
  const ranked = runs.map((run) => ({ run, keys: keys(run) }));
  ranked.sort(({ keys: left }, { keys: right }) => {
    const i = left.findIndex((key, j) => key !== right[j]);
    return i < 0 ? 0 : left[i]! - right[i]!;
  });
  return ranked.map(({ run }) => run);
}

/** Swept paths by their shortest names that differ: "rank", or "0.rank" and "1.rank". */
export function columnsOf(runs: readonly PointRecord[]): { path: string; title: string }[] {
  const paths = [...new Set(runs.flatMap(({ sweep }) => Object.keys(sweep.values)))];
  const ending = (path: string, parts: number) => path.split('.').slice(-parts).join('.');
  return paths.map((path) => {
    let parts = 1;
    while (paths.some((other) => other !== path && ending(other, parts) === ending(path, parts))) parts++;
    return { path, title: ending(path, parts) };
  });
}

/** As it is written in the recipe; empty where the point has no such field. */
export const shownValue = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

/** How many runs are in each state, as it is said of points. */
export function counts(runs: readonly RunRecord[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const run of runs) found.set(stateWord(run), (found.get(stateWord(run)) ?? 0) + 1);
  return found;
}

/** The state, or the word that says more. */
function stateWord(record: RunRecord): string {
  if (record.halted) return 'stopped early';
  if (record.overBudget) return 'out of budget';
  return isWaiting(record) || isUnattended(record) ? 'waiting' : record.state;
}

/** Nothing is left to be done: it has finished, or halving has ended it. */
export const isSettled = ({ state, halted }: RunRecord): boolean => state === 'finished' || halted !== undefined;

/** "budget of 2h used up: 5 of 9 points finished"; undefined where no point was stopped by it. */
export function budgetText(runs: readonly PointRecord[]): string | undefined {
  const budget = runs[0]?.sweep.budget;
  if (budget === undefined || !runs.some(({ overBudget }) => overBudget)) return undefined;
  const unit = ([3600, 60, 1] as const).find((size) => budget % size === 0)!;
  const finished = runs.filter(({ state }) => state === 'finished').length;
  return `budget of ${budget / unit}${{ 3600: 'h', 60: 'm', 1: 's' }[unit]} used up: ${finished} of ${runs.length} points finished`;
}

/** What is said at the end, or so far. */
export function sweepFinished({ id, runs }: Sweep, time = new Date()): SweepFinishedEvent {
  const budget = runs[0]?.sweep.budget;
  return {
    event: 'sweep_finished',
    time: time.toISOString(),
    sweep: id,
    metric: runs[0]?.sweep.metric ?? null,
    ...(budget !== undefined && { budget: { seconds: budget, usedUp: runs.some(({ overBudget }) => overBudget) } }),
    points: runs.map((record) => ({
      values: record.sweep.values,
      run: record.run,
      state: record.state,
      metric: pointMetric(record) ?? null,
      trainableParameters: record.result?.trainableParameters ?? null,
      seconds: record.result?.seconds ?? null,
      ...(record.from !== undefined && { from: record.from }),
      ...(record.halted && { halted: record.halted }),
    })),
  };
}

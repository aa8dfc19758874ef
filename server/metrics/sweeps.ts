/** The runs of a sweep together: which they are, what they come to, and in which order they are best. */
import type { SweepFinishedEvent } from '../protocol/events.ts';
import type { RunRecord, RunState } from '../protocol/runs.ts';
import { lowerIsBetter } from './metrics.ts';

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
  const name = sweep?.metric;
  const value =
    name === 'loss' ? result?.adapted?.loss : name === undefined ? undefined : result?.adapted?.metrics[name];
  return Number.isFinite(value) ? value : undefined;
}

/** Best first; those without a value come last, in their order. */
export function byMetric(runs: readonly PointRecord[]): PointRecord[] {
  const sign = lowerIsBetter(runs[0]?.sweep.metric ?? 'loss') ? 1 : -1;
  const value = (run: PointRecord) => {
    const metric = pointMetric(run);
    return metric === undefined ? Number.POSITIVE_INFINITY : sign * metric;
  };
  return [...runs].sort((a, b) => (value(a) === value(b) ? a.sweep.point - b.sweep.point : value(a) - value(b)));
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

/** How many runs are in each state. */
export function counts(runs: readonly RunRecord[]): Map<RunState, number> {
  const found = new Map<RunState, number>();
  for (const { state } of runs) found.set(state, (found.get(state) ?? 0) + 1);
  return found;
}

/** What is said at the end, or so far. */
export function sweepFinished({ id, runs }: Sweep, time = new Date()): SweepFinishedEvent {
  return {
    event: 'sweep_finished',
    time: time.toISOString(),
    sweep: id,
    metric: runs[0]?.sweep.metric ?? null,
    points: runs.map((record) => ({
      values: record.sweep.values,
      run: record.run,
      state: record.state,
      metric: pointMetric(record) ?? null,
      trainableParameters: record.result?.trainableParameters ?? null,
      seconds: record.result?.seconds ?? null,
      ...(record.from !== undefined && { from: record.from }),
    })),
  };
}

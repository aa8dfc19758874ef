/** Runs that differ only in their seed, together; metrics, differences and the Pareto front. Pure. */
import { frontOf as frontOfPoints } from '../base/series.ts';
import { lowerIsBetter, metricsOf } from '../metrics/metrics.ts';
import type { ComparedRun } from '../protocol/comparison.ts';

export interface Spread {
  mean: number;
  /** Sample standard deviation (n − 1); undefined for one. */
  deviation?: number;
  low: number;
  high: number;
  n: number;
}

export interface RunGroup {
  key: string;
  runs: ComparedRun[];
  /** Method ids joined by "+". */
  method: string;
  size: string;
  trainable?: number;
  /** None of its runs has finished. */
  provisional: boolean;
}

/** In the order of their first runs. */
export function groupRuns(runs: readonly ComparedRun[]): RunGroup[] {
  return [...groupBy(runs, ({ configuration }) => configuration)].map(([key, members]) => {
    const trainable = members.find((run) => run.trainable !== undefined)?.trainable;
    return {
      key,
      runs: members,
      method: members[0]!.methods.join('+'),
      size: members[0]!.size,
      ...(trainable !== undefined && { trainable }),
      provisional: counted(members).every((run) => run.provisional),
    };
  });
}

/** Unfinished runs stand in only where none has finished: their scores are of another length of training. */
function counted(runs: readonly ComparedRun[]): readonly ComparedRun[] {
  const scored = runs.filter(({ scores }) => scores);
  const finished = scored.filter(({ provisional }) => !provisional);
  return oncePerSeed(finished.length > 0 ? finished : scored);
}

/** The newest of each seed: the same thing computed, or taken over, twice is not a second sample. Runs whose seed nothing tells all count. */
export function oncePerSeed(runs: readonly ComparedRun[]): readonly ComparedRun[] {
  const newest = new Map<number | undefined, ComparedRun>();
  for (const run of runs) {
    const known = newest.get(run.seed);
    if (!known || run.createdAt > known.createdAt) newest.set(run.seed, run);
  }
  return runs.filter((run) => run.seed === undefined || newest.get(run.seed) === run);
}

/** A metric over the seeds of a group; undefined where nothing measured it. */
export const spreadOf = ({ runs }: RunGroup, metric: string): Spread | undefined =>
  spread(counted(runs).flatMap(({ scores }) => (scores?.[metric] === undefined ? [] : [scores[metric]])));

/** A number of the runs of a group, over those that have it. */
export const meanOf = ({ runs }: RunGroup, of: (run: ComparedRun) => number | undefined): number | undefined =>
  spread(runs.flatMap((run) => of(run) ?? []))?.mean;

/** What the runs of a group have set there. */
export const settingOf = ({ runs }: RunGroup, path: string): string =>
  [...new Set(runs.map(({ swept, settings }) => swept?.[path] ?? settings[path] ?? '–'))].join(', ');

export function spread(values: readonly number[]): Spread | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    n,
    low: Math.min(...values),
    high: Math.max(...values),
    ...(n > 1 && { deviation: Math.sqrt(squares / (n - 1)) }),
  };
}

/** Those that some run was measured by: the task's in its order, then others, the loss last. */
export function metricsIn(runs: readonly ComparedRun[]): string[] {
  const found = new Set(runs.flatMap(({ scores, base }) => Object.keys(scores ?? base ?? {})));
  const usual = runs.flatMap(({ task }) => (task === undefined ? [] : metricsOf(task).map(({ name }) => name)));
  const ordered = [...new Set([...usual, ...[...found].sort()])].filter((name) => name !== 'loss' && found.has(name));
  return found.has('loss') ? [...ordered, 'loss'] : ordered;
}

/** What the recipes go by, else the first that the task has. */
export function defaultMetric(runs: readonly ComparedRun[]): string {
  const all = metricsIn(runs);
  return runs.map(({ metric }) => metric).find((name) => name !== undefined && all.includes(name)) ?? all[0] ?? 'loss';
}

/** Groups that no other beats with as few parameters, the fewest first; of equals all. Unfinished ones are not among them. */
export function frontOf(groups: readonly RunGroup[], metric: string): RunGroup[] {
  const sign = lowerIsBetter(metric) ? -1 : 1;
  const placed = groups.flatMap((group) => {
    const value = spreadOf(group, metric)?.mean;
    return value === undefined || group.trainable === undefined || group.provisional
      ? []
      : [{ group, x: group.trainable, y: sign * value }];
  });
  return frontOfPoints(placed).map(({ group }) => group);
}

/** Stand in columns of their own, or follow from what does. */
const shownElsewhere = /^(name|output|training\.(seed|check|threads)|adapters\.\d+\.(method|name|rank|path))$/;
/** More columns than this nobody reads. */
const columnLimit = 6;

/** Paths of the settings that runs differ in: those that sweeps set, and without a sweep all that differ where several runs have them. */
export function differences(runs: readonly ComparedRun[]): string[] {
  const swept = [...new Set(runs.flatMap(({ swept: values }) => Object.keys(values ?? {})))];
  const known = runs.filter(({ settings }) => Object.keys(settings).length > 0);
  const candidates = swept.length > 0 ? swept : [...new Set(known.flatMap(({ settings }) => Object.keys(settings)))];
  const differing = candidates.filter((path) => {
    if (swept.length > 0) return true;
    // Methods have defaults of their own: an adapter's field differs where it does so among runs of one method.
    const among = path.startsWith('adapters.')
      ? [...groupBy(known, ({ methods }) => methods.join('+')).values()]
      : [known];
    // An alpha that always is the rank says nothing.
    const follows = known.every(({ settings }) => settings[path] === settings[path.replace(/alpha$/, 'rank')]);
    return among.some((runs) => valuesOf(runs, path).size > 1) && !(path.endsWith('.alpha') && follows);
  });
  return differing.filter((path) => !shownElsewhere.test(path)).slice(0, columnLimit);
}

const valuesOf = (runs: readonly ComparedRun[], path: string): Set<string> =>
  new Set(runs.flatMap(({ settings }) => settings[path] ?? []));

/** Without its list and section where that says nothing: "adapters.0.rank" -> "rank". */
export const shortPathOf = (path: string, all: readonly string[]): string => {
  const last = path.split('.').at(-1)!;
  return all.filter((other) => other.split('.').at(-1) === last).length > 1 ? path : last;
};

/** Map.groupBy, which Node 20 does not have. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const known = groups.get(key(item));
    if (known) known.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

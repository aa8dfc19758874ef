/** What the tree and notifications say about sweeps. Pure: tested without an editor. */
import { stateText } from '../server/metrics/halving.ts';
import { lowerIsBetter } from '../server/metrics/metrics.ts';
import {
  budgetText,
  byMetric,
  columnsOf,
  counts,
  isPoint,
  isSettled,
  type PointRecord,
  pointMetric,
  type Sweep,
  shownValue,
  sweepsOf,
} from '../server/metrics/sweeps.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { description, type Group, groups, icons, isActive, isResumable, loss } from './run-text.ts';

/** A line of a group: a run of its own, or a sweep with its points below it. */
export type Entry = { run: RunRecord } | { sweep: Sweep };

export interface TreeGroup {
  id: Group['id'];
  entries: Entry[];
}

/** The groups of the runs, a sweep standing for its points: it is in progress as long as one of them is. */
export function treeGroups(newestFirst: readonly RunRecord[]): TreeGroup[] {
  const own = new Map(groups(newestFirst.filter((record) => !isPoint(record))).map(({ id, runs }) => [id, runs]));
  const sweeps = sweepsOf(newestFirst);
  const ids: Group['id'][] = ['active', 'stopped', 'finished'];
  return ids
    .map((id) => {
      const mine = sweeps.filter((sweep) => groupOf(sweep) === id).map((sweep): Entry => ({ sweep }));
      const entries = [...mine, ...(own.get(id) ?? []).map((run): Entry => ({ run }))];
      // What is in progress keeps the order of the queue.
      return { id, entries: id === 'active' ? entries : entries.sort((a, b) => created(b).localeCompare(created(a))) };
    })
    .filter(({ entries }) => entries.length > 0);
}

const created = (entry: Entry): string => ('run' in entry ? entry.run : entry.sweep.runs[0]!).createdAt;

function groupOf({ runs }: Sweep): Group['id'] {
  if (runs.some(isActive)) return 'active';
  return runs.every(isSettled) ? 'finished' : 'stopped';
}

/** "3 of 4 finished, 1 failed · best loss 1.72". */
export function sweepDescription({ runs }: Sweep): string {
  const states = counts(runs);
  const { finished = 0, ...others } = Object.fromEntries(states);
  const { metric } = runs[0]!.sweep;
  const [best] = byMetric(runs);
  const value = best && loss(pointMetric(best));
  const budget = budgetText(runs);
  return [
    ...(budget === undefined ? [] : [budget]),
    [`${finished} of ${runs.length} finished`, ...Object.entries(others).map(([state, n]) => `${n} ${state}`)].join(
      ', ',
    ),
    ...(value === undefined ? [] : [`${lowerIsBetter(metric!) ? 'lowest' : 'highest'} ${metric} ${value}`]),
  ].join(' · ');
}

/** That of the point that says most: in progress, else failed, else stopped, else finished. */
export function sweepIcon({ runs }: Sweep): { icon: string; colour?: string } {
  const order: RunRecord['state'][] = [
    'running',
    'queued',
    'failed',
    'interrupted',
    'cancelled',
    'missing',
    'finished',
  ];
  return icons[order.find((state) => runs.some((run) => run.state === state && !run.halted)) ?? 'missing'];
}

/** For when-clauses: "sweep.active.resumable.failed", as far as it holds. */
export function sweepContext({ runs }: Sweep): string {
  const holds = {
    active: runs.some(isActive),
    resumable: runs.some((run) => isResumable(run) && !isSettled(run)),
    failed: runs.some(({ state }) => state === 'failed'),
  };
  return ['sweep', ...Object.entries(holds).flatMap(([word, is]) => (is ? [word] : []))].join('.');
}

/** "rank 4, learning_rate 0.001". */
export function pointLabel({ sweep }: PointRecord, all: readonly PointRecord[]): string {
  const parts = columnsOf(all)
    .filter(({ path }) => Object.hasOwn(sweep.values, path))
    .map(({ path, title }) => `${title} ${shownValue(sweep.values[path])}`);
  return parts.join(', ') || `point ${sweep.point}`;
}

/** The metric of one that has it, else what a run says. */
export function pointDescription(record: PointRecord): string {
  const value = loss(pointMetric(record));
  const word = stateText(record);
  const shown =
    word !== record.state ? word : value === undefined ? description(record) : `${record.sweep.metric} ${value}`;
  return record.from === undefined ? shown : `${shown} · from ${nameOf(record.from)}`;
}

const nameOf = (run: string): string => run.replace(/^.*[\\/]/, '');

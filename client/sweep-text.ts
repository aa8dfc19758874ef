/** What the tree and notifications say about sweeps. Pure: tested without an editor. */

import { lowerIsBetter } from '../server/metrics/metrics.ts';
import { hindrance, stateText } from '../server/metrics/run-state.ts';
import {
  budgetText,
  byMetric,
  columnsOf,
  counts,
  isSettled,
  type PointRecord,
  pointMetric,
  type Sweep,
  shownValue,
} from '../server/metrics/sweeps.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { contextOf, description, icons, isActive, isResumable, loss, marked, tags } from './run-text.ts';

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

/** Rows of the tooltip: a line of the tree is short. Values are plain text. */
export function sweepFacts(sweep: Sweep): [label: string, value: string][] {
  const { id, runs } = sweep;
  const columns = columnsOf(runs);
  const values = columns.map(({ path, title }): [string, string] => {
    const each = [
      ...new Set(
        runs.flatMap((run) => (Object.hasOwn(run.sweep.values, path) ? shownValue(run.sweep.values[path]) : [])),
      ),
    ];
    return [
      title,
      each.length > few ? `${each.slice(0, few).join(', ')} and ${each.length - few} more` : each.join(', '),
    ];
  });
  const [best] = byMetric(runs);
  const rows: [string, string | undefined][] = [
    ['Points', sweepDescription(sweep)],
    ...values,
    ['Best', best && pointMetric(best) !== undefined ? pointLabel(best, columns, sweepName(sweep)) : undefined],
    ['Tags', sweepTags(sweep) || undefined],
    ['Id', id],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

/** Values of a field that a tooltip tells. */
const few = 8;

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

/** For when-clauses: "sweep active resumable failed starred", as far as it holds. */
export function sweepContext({ runs }: Sweep): string {
  return contextOf('sweep', {
    active: runs.some(isActive),
    resumable: runs.some((run) => isResumable(run) && !isSettled(run)),
    failed: runs.some(({ state }) => state === 'failed'),
    starred: isStarred(runs),
    archived: runs.every(({ labels }) => labels?.archived),
  });
}

export const isStarred = (runs: readonly RunRecord[]): boolean => runs.every(({ labels }) => labels?.starred);

/** The title that all points have, else the sweep's name. */
export function sweepName({ name, runs }: Sweep): string {
  const title = runs[0]?.labels?.title;
  return title !== undefined && runs.every(({ labels }) => labels?.title === title) ? title : name;
}

/** "#night": the tags that all points have. */
export function sweepTags({ runs: [first, ...others] }: Sweep): string {
  const given = (first?.labels?.tags ?? []).filter((tag) => others.every(({ labels }) => labels?.tags?.includes(tag)));
  return marked(given);
}

/**
 * "lora, rank 4, learning_rate 0.001"; a title that is this point's alone goes before that.
 * @param columns of all points, from `columnsOf`. @param sweep what the sweep is called.
 */
export function pointLabel(
  { sweep: { values, point }, labels }: PointRecord,
  columns: readonly { path: string; title: string }[],
  sweep?: string,
): string {
  const parts = columns
    .filter(({ path }) => Object.hasOwn(values, path))
    .map(({ path, title }) => (isWord(values[path]) ? values[path] : `${title} ${shownValue(values[path])}`));
  const label = parts.join(', ') || `point ${point}`;
  return labels?.title === undefined || labels.title === sweep ? label : `${labels.title} (${label})`;
}

/** `lora`, `cosine` and their like say themselves what they are, and a line of the tree is short. */
const isWord = (value: unknown): value is string => typeof value === 'string' && /^[a-z]/i.test(value);

/** The metric of one that has it, else what a run says. */
export function pointDescription(record: PointRecord): string {
  const value = loss(pointMetric(record));
  // What holds it up is said with its steps.
  const word = hindrance(record) ? record.state : stateText(record);
  const measured = value === undefined ? undefined : `${record.sweep.metric} ${value}`;
  const said = word !== record.state ? word : measured;
  const shown = said === undefined ? description(record) : [said, tags(record)];
  const from = record.from === undefined ? undefined : `from ${nameOf(record.from)}`;
  return [shown, from, record.labels?.archived && 'archived'].flat().filter(Boolean).join(' · ');
}

const nameOf = (run: string): string => run.replace(/^.*[\\/]/, '');

/** What the tree, the status bar and notifications say about a run. Pure: tested without an editor. */
import { bytes, count, duration } from '../server/base/units.ts';
import { shownName } from '../server/metrics/run-filter.ts';
import { hasWeights, hindrance, isUnattended, phaseText, stateText } from '../server/metrics/run-state.ts';
import type { RunRecord, RunState } from '../server/protocol/runs.ts';

export const isActive = ({ state }: RunRecord): boolean => state === 'running' || state === 'queued';
export const isResumable = ({ state }: RunRecord): boolean =>
  state === 'interrupted' || state === 'cancelled' || state === 'failed';

/** Codicons and theme colours by state. */
export const icons: Record<RunState, { icon: string; colour?: string }> = {
  queued: { icon: 'clock' },
  running: { icon: 'sync~spin', colour: 'charts.blue' },
  finished: { icon: 'pass', colour: 'charts.green' },
  failed: { icon: 'error', colour: 'charts.red' },
  cancelled: { icon: 'circle-slash' },
  interrupted: { icon: 'debug-disconnect', colour: 'list.warningForeground' },
  missing: { icon: 'question' },
};

/** Codicon and theme colour. */
export const iconOf = (record: RunRecord): { icon: string; colour?: string } =>
  ({ paused: pausedIcon, stalled: stalledIcon, none: icons[record.state] })[hindrance(record) ?? 'none'];

const pausedIcon = { icon: 'debug-pause', colour: 'list.warningForeground' };
const stalledIcon = { icon: 'warning', colour: 'list.warningForeground' };

export const loss = (value: number | undefined): string | undefined =>
  value === undefined || !Number.isFinite(value) ? undefined : String(Number(value.toPrecision(3)));

/** "step 40/120 · loss 2.31", or what replaces it in the other states. Tags come before the date, which is needed least. */
export function description(record: RunRecord): string {
  const { state, step, totalSteps } = record;
  const marks = tags(record);
  const steps = totalSteps > 0 ? `step ${step}/${totalSteps}` : undefined;
  const lastLoss = loss(record.lastLoss);
  switch (state) {
    case 'running':
      return joined(hindranceText(record), steps ?? 'starting', lastLoss && `loss ${lastLoss}`, marks);
    case 'finished':
      return joined(
        record.imported && 'imported',
        change(record) ?? (lastLoss && `loss ${lastLoss}`),
        marks,
        ago(record),
      );
    case 'queued':
      return joined(stateText(record), marks);
    case 'missing':
      return joined('directory is gone', marks);
    default:
      return joined(state, steps, marks);
  }
}

/** "#night #paper". */
export const tags = ({ labels }: RunRecord): string => marked(labels?.tags ?? []);

export const marked = (tags: readonly string[]): string => tags.map((tag) => `#${tag}`).join(' ');

/** What a line of the tree is called: a star where it has one, and its title or name. */
export const starredName = (name: string, starred: boolean | undefined): string => (starred ? `★ ${name}` : name);

/** "prompts" of "training.samples.prompts.0": the last part of a field's path that is a name. */
export const lastName = (field: string): string => field.split('.').findLast((part) => !/^\d+$/.test(part)) ?? field;

/** For when-clauses: "run.finished starred tagged", as far as it holds. */
export function runContext(record: RunRecord): string {
  const { state, labels, sweep, imported, adapters = [] } = record;
  return contextOf(`run.${state}`, {
    starred: labels?.starred,
    archived: labels?.archived,
    point: sweep !== undefined,
    imported: imported !== undefined,
    adapter: adapters.length > 0,
    bare: !hasWeights(record),
  });
}

export const contextOf = (kind: string, holds: Readonly<Record<string, boolean | undefined>>): string =>
  [kind, ...Object.keys(holds).filter((word) => holds[word])].join(' ');

/** "paused: the disk is full". */
function hindranceText(record: RunRecord): string | undefined {
  const held = hindrance(record);
  if (held === 'paused') return 'paused: the disk is full';
  return (
    held && [`stalled: no word since ${timeOf(record.stalled!.since)}`, phaseText(record.stalled!)].join(' ').trim()
  );
}

const unattendedText = (record: RunRecord): string | undefined =>
  isUnattended(record) ? 'no daemon is running; Refresh Runs starts one, and it begins' : undefined;

/** "loss 4.71 → 1.72": what the adapter changed on the validation data. */
export function change({ result }: RunRecord): string | undefined {
  const [base, adapted] = [loss(result?.base?.loss), loss(result?.adapted?.loss)];
  return base && adapted ? `loss ${base} → ${adapted}` : undefined;
}

/** Rows of the tooltip; values are plain text. `size`: bytes on disk, where that is known. */
export function facts(record: RunRecord, size?: number): [label: string, value: string][] {
  const { result, error, labels } = record;
  const rows: [string, string | undefined][] = [
    ['Name', labels?.title === undefined ? undefined : record.name],
    ['State', record.state],
    ['Method', record.method],
    ['Model', record.model],
    ['Step', record.totalSteps > 0 ? `${count(record.step)} of ${count(record.totalSteps)}` : undefined],
    ['Last loss', loss(record.lastLoss)],
    ['Validation', change(record)],
    ['Trainable', result && `${count(result.trainableParameters)} (${Number(result.percent.toPrecision(3))}%)`],
    ['Duration', result && duration(result.seconds)],
    ['Resumed', record.resumes > 0 ? `${record.resumes}×` : undefined],
    ['Imported from', record.imported?.from],
    ['Error', error?.message],
    ['Held up', hindranceText(record) ?? unattendedText(record)],
    ['Sweep', record.sweep && `${record.sweep.id}, point ${record.sweep.point} of ${record.sweep.points}`],
    ['Taken from', record.from],
    ['Tags', labels?.tags?.length ? labels.tags.join(', ') : undefined],
    ['On disk', size === undefined ? undefined : bytes(size)],
    ['Directory', record.run],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

/** "$(sync~spin) pirate 34% · loss 2.1" for the run in progress; undefined when nothing runs. `active`: in any order. */
export function statusBar(active: readonly RunRecord[]): { text: string; run: string } | undefined {
  const [shown, ...others] = inTurn(active);
  if (!shown) return undefined;
  const fraction = shown.totalSteps > 0 ? `${Math.floor((100 * shown.step) / shown.totalSteps)}%` : undefined;
  const lastLoss = loss(shown.lastLoss);
  const icon = `$(${iconOf(shown).icon})`;
  const more = others.length > 0 ? ` (+${others.length})` : '';
  return {
    text: `${icon} ${joined([plain(shownName(shown)), fraction].filter(Boolean).join(' '), hindranceText(shown) ?? (lastLoss && `loss ${lastLoss}`))}${more}`,
    run: shown.run,
  };
}

/** What runs, the newest first, before what waits, in the order of the queue. */
function inTurn(active: readonly RunRecord[]): RunRecord[] {
  const newest = [...active].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return [
    ...newest.filter(({ state }) => state === 'running'),
    ...newest.filter(({ state }) => state === 'queued').reverse(),
  ];
}

/** Names come from files: `$(` would start an icon in the status bar. */
const plain = (text: string) => text.replaceAll('$(', '$ (');

function ago({ endedAt }: RunRecord): string | undefined {
  return endedAt && when(endedAt);
}

/** A time of day as people here write it; the year is said where it is another one. */
export function when(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return (date.getFullYear() === new Date().getFullYear() ? thisYear() : anyYear()).format(date);
}

const moment = { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' } as const;
const thisYear = once(() => new Intl.DateTimeFormat(undefined, moment));
const anyYear = once(() => new Intl.DateTimeFormat(undefined, { ...moment, year: 'numeric' }));

/** Making a format takes as long as many lines of the tree. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** By the clock here: "14:05". */
const timeOf = (time: string): string => new Date(time).toLocaleTimeString(undefined, { timeStyle: 'short' });

const joined = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join(' · ');

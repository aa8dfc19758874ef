/** What the tree, the status bar and notifications say about a run. Pure: tested without an editor. */
import { count, duration } from '../server/base/units.ts';
import type { RunRecord, RunState } from '../server/protocol/runs.ts';

export const isActive = ({ state }: RunRecord): boolean => state === 'running' || state === 'queued';
export const isResumable = ({ state }: RunRecord): boolean =>
  state === 'interrupted' || state === 'cancelled' || state === 'failed';

export interface Group {
  id: 'active' | 'stopped' | 'finished';
  runs: RunRecord[];
}

/** Runs in progress first (running before queued, queued in their order), then those that can be resumed, then the finished. */
export function groups(newestFirst: readonly RunRecord[]): Group[] {
  const queued = newestFirst.filter(({ state }) => state === 'queued').reverse();
  const all: Group[] = [
    { id: 'active', runs: [...newestFirst.filter(({ state }) => state === 'running'), ...queued] },
    { id: 'stopped', runs: newestFirst.filter((run) => !isActive(run) && run.state !== 'finished') },
    { id: 'finished', runs: newestFirst.filter(({ state }) => state === 'finished') },
  ];
  return all.filter(({ runs }) => runs.length > 0);
}

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

/** What holds up a run that is in progress; `paused` and `stalled` are no states of their own: it may go on at any moment. */
export function hindrance({ paused, stalled }: RunRecord): 'paused' | 'stalled' | undefined {
  if (paused) return 'paused';
  return stalled ? 'stalled' : undefined;
}

/** Codicon and theme colour. */
export const iconOf = (record: RunRecord): { icon: string; colour?: string } =>
  ({ paused: pausedIcon, stalled: stalledIcon, none: icons[record.state] })[hindrance(record) ?? 'none'];

const pausedIcon = { icon: 'debug-pause', colour: 'list.warningForeground' };
const stalledIcon = { icon: 'warning', colour: 'list.warningForeground' };

export const loss = (value: number | undefined): string | undefined =>
  value === undefined || !Number.isFinite(value) ? undefined : String(Number(value.toPrecision(3)));

/** "step 40/120 · loss 2.31", or what replaces it in the other states. */
export function description(record: RunRecord): string {
  const { state, step, totalSteps } = record;
  const steps = totalSteps > 0 ? `step ${step}/${totalSteps}` : undefined;
  const lastLoss = loss(record.lastLoss);
  switch (state) {
    case 'running':
      return joined(hindranceText(record), steps ?? 'starting', lastLoss && `loss ${lastLoss}`);
    case 'finished':
      return joined(record.imported && 'imported', change(record) ?? (lastLoss && `loss ${lastLoss}`), ago(record));
    case 'queued':
      return 'queued';
    case 'missing':
      return 'directory is gone';
    default:
      return joined(state, steps);
  }
}

/** "paused: the disk is full". */
export function hindranceText(record: RunRecord): string | undefined {
  const held = hindrance(record);
  if (held === 'paused') return 'paused: the disk is full';
  return held && `stalled: no word since ${timeOf(record.stalled!.since)}`;
}

/** "loss 4.71 → 1.72": what the adapter changed on the validation data. */
export function change({ result }: RunRecord): string | undefined {
  const [base, adapted] = [loss(result?.base?.loss), loss(result?.adapted?.loss)];
  return base && adapted ? `loss ${base} → ${adapted}` : undefined;
}

/** Rows of the tooltip; values are plain text. */
export function facts(record: RunRecord): [label: string, value: string][] {
  const { result, error } = record;
  const rows: [string, string | undefined][] = [
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
    ['Held up', hindranceText(record)],
    ['Sweep', record.sweep && `${record.sweep.id}, point ${record.sweep.point} of ${record.sweep.points}`],
    ['Taken from', record.from],
    ['Directory', record.run],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

/** "$(sync~spin) pirate 34% · loss 2.1" for the run in progress; undefined when nothing runs. */
export function statusBar(newestFirst: readonly RunRecord[]): { text: string; run: string } | undefined {
  const [shown, ...others] = groups(newestFirst).find(({ id }) => id === 'active')?.runs ?? [];
  if (!shown) return undefined;
  const fraction = shown.totalSteps > 0 ? `${Math.floor((100 * shown.step) / shown.totalSteps)}%` : undefined;
  const lastLoss = loss(shown.lastLoss);
  const icon = `$(${iconOf(shown).icon})`;
  const more = others.length > 0 ? ` (+${others.length})` : '';
  return {
    text: `${icon} ${joined([plain(shown.name), fraction].filter(Boolean).join(' '), hindranceText(shown) ?? (lastLoss && `loss ${lastLoss}`))}${more}`,
    run: shown.run,
  };
}

/** Names come from files: `$(` would start an icon in the status bar. */
const plain = (text: string) => text.replaceAll('$(', '$ (');

function ago({ endedAt }: RunRecord): string | undefined {
  return endedAt && new Date(endedAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** By the clock here: "14:05". */
const timeOf = (time: string): string => new Date(time).toLocaleTimeString(undefined, { timeStyle: 'short' });

const joined = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join(' · ');

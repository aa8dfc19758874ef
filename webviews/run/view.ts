/** What the panel says, computed from the record and the model: texts and figures, no DOM. */

import { count, duration, bytes as formatBytes } from '../../server/base/units.ts';
import type { RunRecord, RunState } from '../../server/protocol/runs.ts';
import type { RunModel } from './model.ts';
import type { Point } from './series.ts';

export type RunCommand = 'cancel' | 'resume' | 'openFolder' | 'openRecipe' | 'showLog';

export const stateLabels: Record<RunState, string> = {
  queued: 'Queued',
  running: 'Running',
  finished: 'Finished',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
  missing: 'Missing',
};

/** Four significant digits, in plain notation where that is short: 2.314, 0.0123, 1.20e-5. */
export function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3) return value.toExponential(2);
  return size >= 1e3 ? count(value) : String(Number(value.toPrecision(4)));
}

/** Like `figure`, for the round numbers on an axis: 0.002 is 2e-3 there, beside 5e-4. */
export function tick(value: number): string {
  return value !== 0 && Math.abs(value) < 0.01 ? Number(value.toPrecision(3)).toExponential() : figure(value);
}

export interface Header {
  name: string;
  subtitle: string;
  state: RunState;
  label: string;
  /** 0 … 1; undefined before the number of steps is known. */
  fraction: number | undefined;
  progress: string;
  timing: string;
  stats: { label: string; value: string; title: string }[];
}

/** @param now ms since 1970, for the elapsed time of a run in progress. */
export function header(record: RunRecord, model: RunModel, now: number): Header {
  const total = record.totalSteps || model.totalSteps;
  const step = Math.max(model.step, model.loss.length === 0 ? record.step : 0);
  const fraction = total > 0 ? Math.min(1, step / total) : undefined;
  const last = (series: Point[]) => series.at(-1)?.y;
  const evaluated = model.evaluationLoss.at(-1);
  return {
    name: record.name,
    subtitle: `${record.method} · ${record.model}`,
    state: record.state,
    label: stateLabels[record.state],
    fraction,
    progress: total > 0 ? `Step ${count(step)} of ${count(total)}` : progressBeforeSteps[record.state],
    timing: timing(record, model, total, now),
    stats: [
      { label: 'Training loss', value: figure(last(model.loss) ?? record.lastLoss), title: 'Loss of the last step' },
      {
        label: 'Evaluation loss',
        value: figure(evaluated?.y),
        title: evaluated ? `On the validation data, after step ${count(evaluated.x)}` : 'Not evaluated yet',
      },
      {
        label: 'Tokens/s',
        value: throughput(last(model.tokensPerSecond)),
        title: 'Tokens per second in the last step',
      },
      { label: 'Memory', value: memory(last(model.memory)), title: 'Memory held after the last step' },
      {
        label: 'Trainable',
        value: model.trainableParameters === undefined ? '–' : count(model.trainableParameters),
        title: 'Trainable parameters',
      },
    ],
  };
}

const progressBeforeSteps: Record<RunState, string> = {
  queued: 'Waiting in the queue',
  running: 'Loading model and data …',
  finished: 'Finished',
  failed: 'Failed before the first step',
  cancelled: 'Cancelled before the first step',
  interrupted: 'Interrupted before the first step',
  missing: 'The run directory is gone',
};

function timing(record: RunRecord, model: RunModel, total: number, now: number): string {
  if (record.state === 'queued') return '';
  const started = Date.parse(record.startedAt ?? record.createdAt);
  const elapsed = ((record.endedAt ? Date.parse(record.endedAt) : now) - started) / 1000;
  if (record.state !== 'running') {
    const seconds = model.result?.seconds ?? record.result?.seconds ?? elapsed;
    return `${duration(seconds)} in all`;
  }
  const left = model.secondsLeft(total);
  return left === undefined ? `${duration(elapsed)} so far` : `about ${duration(left)} left`;
}

export const throughput = (value: number | undefined): string =>
  value !== undefined && value >= 100 ? count(value) : figure(value);
export const memory = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '–' : formatBytes(value);

export interface Notice {
  kind: 'information' | 'warning' | 'error';
  title: string;
  text: string;
  hint?: string;
  code?: string;
}

/** The one box above the charts that says why nothing moves; undefined while all is well. */
export function notice(record: RunRecord, model: RunModel): Notice | undefined {
  const goesOn =
    model.checkpoint === undefined
      ? 'There is no checkpoint yet: resuming starts from the first step.'
      : `Resuming goes on from the checkpoint after step ${count(model.checkpoint)}, exactly as if nothing had happened.`;
  switch (record.state) {
    case 'queued':
      return {
        kind: 'information',
        title: 'Waiting for its turn',
        text: 'Runs go one at a time. This one starts by itself when those before it end; the window may be closed meanwhile.',
      };
    case 'failed': {
      const error = record.error ?? model.failure;
      return {
        kind: 'error',
        title: model.step > 0 ? `Failed after step ${count(model.step)}` : 'Failed before the first step',
        text: error?.message ?? 'The log has the details.',
        ...(error?.hint !== undefined && { hint: error.hint }),
        ...(error?.code !== undefined && { code: error.code }),
      };
    }
    case 'interrupted':
      return {
        kind: 'warning',
        title: `Interrupted after step ${count(model.step)}`,
        text: `The process that trained ended unexpectedly. ${goesOn}`,
      };
    case 'missing':
      return {
        kind: 'warning',
        title: 'The run directory is gone',
        text: `${record.run} was moved or deleted.`,
        hint: 'Move it back to this place to see it again.',
      };
    case 'cancelled':
      return { kind: 'information', title: `Cancelled after step ${count(model.step)}`, text: goesOn };
    default:
      return undefined;
  }
}

/** The buttons that make sense, the first one primary where `primary` says so. */
export function actions(state: RunState): { command: RunCommand; label: string; primary: boolean }[] {
  const open = [
    { command: 'openFolder' as const, label: 'Open Folder', primary: state === 'finished' },
    { command: 'openRecipe' as const, label: 'Recipe', primary: false },
    { command: 'showLog' as const, label: 'Log', primary: false },
  ];
  if (state === 'queued' || state === 'running')
    return [{ command: 'cancel', label: 'Cancel', primary: false }, ...open];
  if (state === 'missing') return open.filter(({ command }) => command === 'openRecipe');
  if (state === 'finished') return open;
  return [{ command: 'resume', label: 'Resume', primary: true }, ...open];
}

export interface ResultTable {
  rows: { name: string; base: string; adapted: string; change: string; better: boolean | undefined }[];
  facts: { label: string; value: string }[];
}

/** The table at the end: undefined until the run has finished. */
export function resultTable(record: RunRecord, model: RunModel): ResultTable | undefined {
  const result = model.result ?? record.result;
  if (!result || record.state !== 'finished') return undefined;
  const { base, adapted } = result;
  const rows: ResultTable['rows'] = [];
  if (base && adapted) {
    rows.push(compare('Evaluation loss', base.loss, adapted.loss, true));
    for (const name of Object.keys(adapted.metrics))
      rows.push(compare(title(name), base.metrics[name], adapted.metrics[name], lowerIsBetter.has(name)));
  }
  const places = record.adapters ?? (record.modelPath ? [{ name: 'model', path: record.modelPath }] : []);
  return {
    rows,
    facts: [
      { label: 'Trainable parameters', value: count(result.trainableParameters) },
      { label: 'Of all parameters', value: `${figure(result.percent)}%` },
      { label: record.modelPath ? 'Model size' : 'Adapter size', value: formatBytes(result.adapterBytes) },
      { label: 'Duration', value: duration(result.seconds) },
      ...places.map(({ name, path }) => ({ label: places.length > 1 ? `Adapter ${name}` : 'Saved in', value: path })),
      ...(places.length === 0 ? [{ label: 'Saved in', value: record.run }] : []),
    ],
  };
}

/** Metrics where less is better; all others are scores. */
const lowerIsBetter = new Set(['perplexity', 'mse', 'mae', 'rmse']);

function compare(name: string, base: number | undefined, adapted: number | undefined, lower: boolean) {
  const known = base !== undefined && adapted !== undefined && Number.isFinite(base) && Number.isFinite(adapted);
  const difference = known ? adapted - base : 0;
  const sign = difference > 0 ? '+' : '−';
  return {
    name,
    base: figure(base),
    adapted: figure(adapted),
    change: known && difference !== 0 ? `${sign}${figure(Math.abs(difference))}` : '–',
    better: known && difference !== 0 ? difference < 0 === lower : undefined,
  };
}

const title = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

/** One sentence for those who cannot see the loss chart. */
export function chartSummary(model: RunModel): string {
  const [first, last] = [model.loss[0], model.loss.at(-1)];
  if (!first || !last) return 'No steps yet.';
  const low = model.loss.reduce((best, point) => (point.y < best.y ? point : best), first);
  const evaluated = model.evaluationLoss.at(-1);
  return (
    `Training loss from ${figure(first.y)} at step ${first.x} to ${figure(last.y)} at step ${last.x}, ` +
    `lowest ${figure(low.y)} at step ${low.x}.` +
    (evaluated ? ` Evaluation loss ${figure(evaluated.y)} after step ${evaluated.x}.` : '')
  );
}

/** What the panel says, computed from the record and the model: texts and figures, no DOM. */
import { bytes, count, duration, shortDuration } from '../../server/base/units.ts';
import { capital } from '../../server/base/wording.ts';
import { haltedText, isWaiting } from '../../server/metrics/halving.ts';
import { shownName } from '../../server/metrics/run-filter.ts';
import { hasWeights, phaseText, stateText } from '../../server/metrics/run-state.ts';
import { columnsOf, isPoint, type PointRecord, shownValue } from '../../server/metrics/sweeps.ts';
import type { RunRecord, RunState } from '../../server/protocol/runs.ts';
import type { FromRunView } from '../../server/protocol/webview.ts';
import { figure, memory, throughput } from '../shared/figures.ts';
import type { Notice } from '../shared/notice.ts';
import type { RunModel } from './model.ts';

export type RunCommand = Extract<FromRunView, { type: 'command' }>['command'];

export const stateLabels: Record<RunState, string> = {
  queued: 'Queued',
  running: 'Running',
  finished: 'Finished',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
  missing: 'Missing',
};

export interface Header {
  name: string;
  subtitle: string;
  state: RunState;
  /** Something keeps it from going on. */
  held: boolean;
  label: string;
  /** 0 … 1; undefined before the number of steps is known. */
  fraction: number | undefined;
  progress: string;
  timing: string;
  stats: { label: string; value: string; title: string }[];
}

/** What stands for `Running` while something holds it up. */
const heldLabel = ({ paused, stalled }: RunRecord): string | undefined =>
  paused ? 'Paused' : stalled ? 'Stalled' : undefined;

/** @param now ms since 1970, for the elapsed time of a run in progress. */
export function header(record: RunRecord, model: RunModel, now: number): Header {
  const total = record.totalSteps || model.totalSteps;
  const step = Math.max(model.step, model.loss.length === 0 ? record.step : 0);
  const fraction = total > 0 ? Math.min(1, step / total) : undefined;
  const evaluated = model.evaluationLoss.at(-1);
  return {
    name: shownName(record),
    subtitle: subtitle(record),
    state: record.state,
    held: heldLabel(record) !== undefined,
    label: heldLabel(record) ?? stateLabels[record.state],
    fraction,
    progress:
      preparing(record, model, step) ??
      encoding(record, model) ??
      (total > 0 ? `Step ${count(step)} of ${count(total)}` : progressBeforeSteps[record.state]),
    timing: timing(record, model, total, now),
    stats: [
      { label: 'Training loss', value: figure(model.loss.last() ?? record.lastLoss), title: 'Loss of the last step' },
      {
        label: 'Evaluation loss',
        value: figure(evaluated?.y),
        title: evaluated ? `On the validation data, after step ${count(evaluated.x)}` : 'Not evaluated yet',
      },
      {
        label: 'Tokens/s',
        value: throughput(model.tokensPerSecond.last()),
        title: 'Tokens per second in the last step',
      },
      { label: 'Memory', value: memory(model.memory.last()), title: 'Memory held after the last step' },
      {
        label: 'Trainable',
        value: model.trainableParameters === undefined ? '–' : count(model.trainableParameters),
        title: 'Trainable parameters',
      },
    ],
  };
}

/** What is not known of an imported run is left out; a point of a sweep says which one it is. */
const subtitle = (record: RunRecord): string =>
  [
    record.method,
    record.model,
    record.imported && `imported from ${record.imported.from}`,
    isPoint(record) && pointText(record),
  ]
    .filter((part) => part && part !== '?')
    .join(' · ');

/** "point 3 of 6: rank 4, learning_rate 0.001". */
function pointText(record: PointRecord): string {
  const { point, points, values } = record.sweep;
  const set = columnsOf([record]).map(({ path, title }) => `${title} ${shownValue(values[path])}`);
  return [`point ${point} of ${points}`, set.join(', ')].filter(Boolean).join(': ');
}

/** While matrices are decomposed, before the first step. */
function preparing({ state }: RunRecord, { preparing }: RunModel, step: number): string | undefined {
  if (!preparing || state !== 'running' || step > 0 || preparing.done === preparing.total) return undefined;
  const { done, total, remainingSeconds } = preparing;
  const left = remainingSeconds === undefined ? '' : `, about ${duration(remainingSeconds)} left`;
  return `Decomposing matrix ${count(done + 1)} of ${count(total)}${left}`;
}

/** While the data becomes tokens; the event that ends it comes with the start of the run. */
function encoding({ state }: RunRecord, { encoding }: RunModel): string | undefined {
  if (!encoding || state !== 'running' || encoding.bytes >= encoding.totalBytes) return undefined;
  const { part, rows, bytes: read, totalBytes, remainingSeconds } = encoding;
  const left = remainingSeconds === undefined ? '' : `, about ${duration(remainingSeconds)} left`;
  return `Encoding the ${part} data: ${count(rows)} rows, ${bytes(read)} of ${bytes(totalBytes)}${left}`;
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
    const seconds = model.result?.seconds ?? record.result?.seconds ?? (record.imported ? undefined : elapsed);
    if (seconds === undefined) return '';
    return `${duration(seconds)} in all`;
  }
  const held = record.paused ?? record.stalled;
  if (held) return `for ${duration((now - Date.parse(held.since)) / 1000)}`;
  const left = model.secondsLeft(total);
  return left === undefined ? `${duration(elapsed)} so far` : `about ${duration(left)} left`;
}

/** The one box above the charts that says why nothing moves; undefined while all is well. */
export function notice(record: RunRecord, model: RunModel): Notice | undefined {
  const goesOn =
    model.checkpoint === undefined
      ? 'There is no checkpoint yet: resuming starts from the first step.'
      : `Resuming goes on from the checkpoint after step ${count(model.checkpoint)}, exactly as if nothing had happened.`;
  const halted = haltedText(record);
  switch (record.state) {
    case 'running':
      return held(record);
    case 'queued':
      return {
        kind: 'information',
        title: isWaiting(record) ? capital(stateText(record)) : 'Waiting for its turn',
        text: isWaiting(record)
          ? 'Its sweep compares the points here: the best go on, the others end.'
          : 'Runs go one at a time. This one starts by itself when those before it end; the window may be closed meanwhile.',
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
        text: `${record.error?.message ?? 'The process that trained ended unexpectedly.'} ${goesOn}`,
      };
    case 'missing':
      return {
        kind: 'warning',
        title: 'The run directory is gone',
        text: `${record.run} was moved or deleted.`,
        hint: 'Move it back to this place to see it again.',
      };
    case 'cancelled':
      return {
        kind: 'information',
        title: halted === undefined ? `Cancelled after step ${count(model.step)}` : capital(halted),
        text: goesOn,
      };
    default:
      return undefined;
  }
}

function held({ paused, stalled, attention }: RunRecord): Notice | undefined {
  if (paused) {
    const needed = paused.needed === undefined ? '' : ` It takes ${bytes(paused.needed)}.`;
    return {
      kind: 'warning',
      title: 'Paused: the disk is full',
      text: `${paused.path} cannot be written.${needed} The run keeps everything in memory and looks every few seconds whether there is room.`,
      hint: 'Make room there: it goes on by itself. Cancelled now, it can be resumed from its last checkpoint.',
    };
  }
  if (!stalled)
    return (
      attention && {
        kind: 'warning',
        title: `Warned at step ${count(attention.step)}`,
        text: attention.message,
        code: attention.code,
      }
    );
  return {
    kind: 'warning',
    title: 'Stalled: no word from the run',
    text: `Nothing has come since ${new Date(stalled.since).toLocaleTimeString()}${stalled.usual === undefined ? ` ${phaseText(stalled)}`.trimEnd() : `; a step usually takes ${shortDuration(stalled.usual)}`}.`,
    hint: 'The log may say why. Cancelled, it can be resumed from its last checkpoint.',
  };
}

/** The buttons that make sense, the first one primary where `primary` says so. */
export function actions(
  record: Pick<RunRecord, 'state' | 'imported' | 'adapters'>,
): { command: RunCommand; label: string; primary: boolean }[] {
  const { state, imported } = record;
  const trained = state === 'finished' && hasWeights(record);
  const open = [
    { command: 'openFolder' as const, label: 'Open Directory', primary: state === 'finished' },
    ...(trained ? [{ command: 'showSpectrum' as const, label: 'Spectrum', primary: false }] : []),
    { command: 'openRecipe' as const, label: 'Recipe', primary: false },
    ...(imported ? [] : [{ command: 'showLog' as const, label: 'Show Log', primary: false }]),
  ];
  if (state === 'queued' || state === 'running')
    return [{ command: 'cancel', label: 'Cancel', primary: false }, ...open];
  if (state === 'missing') return open.filter(({ command }) => command === 'openRecipe');
  if (state === 'finished') return open;
  return [{ command: 'resume', label: 'Resume', primary: true }, ...open];
}

/** One sentence for those who cannot see the loss chart. */
export function chartSummary(model: RunModel): string {
  const { loss, steps } = model;
  if (loss.length === 0) return 'No steps yet.';
  const lossAt = (row: number) => `${figure(loss.at(row))} at step ${steps.at(row)}`;
  const { low } = loss.extremes();
  const evaluated = model.evaluationLoss.at(-1);
  return (
    `Training loss from ${lossAt(0)} to ${lossAt(loss.length - 1)}` +
    (low < 0 ? '.' : `, lowest ${lossAt(low)}.`) +
    (evaluated ? ` Evaluation loss ${figure(evaluated.y)} after step ${evaluated.x}.` : '')
  );
}

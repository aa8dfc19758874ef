/** A training of Hugging Face's Trainer as a run: where its files are, its events, and the recipe that comes nearest to it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { readAdapterConfig } from '../checkpoint/peft.ts';
import type { RunResult } from '../protocol/events.ts';
import { type Draft, draftText } from './draft.ts';
import { draftOfPeft } from './peft.ts';
import type { TrainerLog } from './trainer-state.ts';

const stateName = 'trainer_state.json';
const configName = 'adapter_config.json';

export interface TrainerFolder {
  /** trainer_state.json */
  state: string;
  /** The folder of the adapter that was trained. */
  adapter?: string;
}

/** `given`: the output folder of a Trainer, one of its checkpoints, or a trainer_state.json. The last checkpoint's counts where the folder has none of its own. Errors: `no-trainer-state`. */
export function findTrainer(given: string): TrainerFolder {
  const isFile = statSync(given, { throwIfNoEntry: false })?.isFile() === true;
  const folder = isFile ? path.dirname(given) : given;
  const state = isFile
    ? given
    : [folder, ...checkpoints(folder)].map((dir) => path.join(dir, stateName)).find(existsSync);
  if (state === undefined)
    throw new RankwiseError('no-trainer-state', `${given} has no ${stateName}, and no checkpoint with one.`, {
      file: given,
      hint: 'Name the `output_dir` of a Trainer, or one of its checkpoints.',
    });
  const adapter = [path.dirname(state), folder].find((dir) => existsSync(path.join(dir, configName)));
  return { state, ...(adapter !== undefined && { adapter }) };
}

/** checkpoint-500, …; the last one first. */
function checkpoints(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const steps = readdirSync(folder).flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? []);
  return steps
    .map(Number)
    .sort((a, b) => b - a)
    .map((step) => path.join(folder, `checkpoint-${step}`));
}

export interface TrainerFacts {
  /** The folder or file that it was imported from. */
  from: string;
  /** Of the run directory. */
  run: string;
  /** When the log was written: its end. */
  ended: Date;
  adapters: { name: string; path: string }[];
  trainableParameters?: number;
  allParameters?: number;
  /** Where all of it is known. */
  result?: RunResult;
}

/** Lines of metrics.jsonl, in the order of the steps; what the log does not have is absent. Times are those of the log, else spread evenly over its seconds; all are its end's where it has neither. */
export function eventsOf(log: TrainerLog, facts: TrainerFacts): Record<string, unknown>[] {
  const { run, from, ended, adapters, result, trainableParameters, allParameters } = facts;
  const clock = clockOf(log);
  const start = ended.getTime() - 1000 * clock(log.step);
  const at = (step: number): string => new Date(start + 1000 * clock(step)).toISOString();
  const counts = {
    ...(trainableParameters !== undefined && { trainableParameters }),
    ...(allParameters !== undefined && { allParameters }),
  };
  const events: { step: number; event: Record<string, unknown> }[] = [
    ...log.steps.map(({ seconds: _, ...values }) => ({
      step: values.step,
      event: { event: 'step', time: at(values.step), ...values },
    })),
    ...log.evaluations.map((values) => ({
      step: values.step,
      event: { event: 'evaluation', time: at(values.step), ...values },
    })),
  ].sort((a, b) => a.step - b.step);
  const warning = (step: number, code: string, message: string) => ({
    event: 'warning',
    time: at(step),
    step,
    code,
    message,
  });
  return [
    { event: 'imported', time: at(0), run, from, tool: 'transformers', totalSteps: log.totalSteps, ...counts },
    ...(log.leftOut.length > 0
      ? [warning(0, 'log-left-out', `Not taken over from the log: ${log.leftOut.slice(0, 20).join(', ')}.`)]
      : []),
    ...(log.notFinite === undefined
      ? []
      : [warning(log.notFinite, 'loss-not-finite', `The loss was NaN or infinite at step ${log.notFinite}.`)]),
    ...events.map(({ event }) => event),
    {
      event: 'finished',
      time: ended.toISOString(),
      step: log.step,
      run,
      ...(adapters.length > 0 && { adapters }),
      ...(result && { result }),
    },
  ];
}

/** Seconds since the start at a step. */
function clockOf({ steps, step: last, seconds }: TrainerLog): (step: number) => number {
  const told = steps.filter((one) => one.seconds !== undefined);
  if (told.length === 0) return (step) => ((seconds ?? 0) * step) / Math.max(1, last);
  const known = new Map(told.map((one) => [one.step, one.seconds!]));
  if (seconds !== undefined) known.set(last, Math.max(seconds, known.get(last) ?? 0));
  const all = [...known].sort(([a], [b]) => a - b);
  let i = 0;
  let before = -1;
  return (step) => {
    // Asked in the order of the steps, mostly.
    if (step < before) i = 0;
    before = step;
    while (i + 1 < all.length && all[i + 1]![0] <= step) i++;
    return all[i]![0] <= step ? all[i]![1] : 0;
  };
}

/** The result as far as log and adapter say it. */
export function resultOf(
  log: TrainerLog,
  counts: { trainableParameters: number; allParameters: number; percent: number; adapterBytes: number },
): RunResult {
  const last = log.evaluations.at(-1);
  const numbers = (metrics: Record<string, number | null>) =>
    Object.fromEntries(Object.entries(metrics).filter((pair): pair is [string, number] => pair[1] !== null));
  return {
    ...counts,
    seconds: log.seconds ?? log.steps.at(-1)?.seconds ?? 0,
    ...(last && last.loss !== null && { adapted: { loss: last.loss, metrics: numbers(last.metrics) } }),
    ...(log.step < log.totalSteps && {
      stopped: { step: log.step, reason: `the log ends there, of ${log.totalSteps} steps` },
    }),
  };
}

export interface TrainerRecipe {
  text: string;
  /** Of the registry; "?" where no adapter tells it. */
  method: string;
  model: string;
}

/** `base`: the folder of the base, where it is known better than the adapter says. Errors: those of the adapter's configuration. */
export function recipeOfTrainer({ state, adapter }: TrainerFolder, log: TrainerLog, base?: string): TrainerRecipe {
  const source = `${path.basename(path.dirname(state))}/${path.basename(state)}, a log of Hugging Face Trainer`;
  const training = { max_steps: log.totalSteps, ...(log.batchSize !== undefined && { batch_size: log.batchSize }) };
  const unknown = ['the data, the optimizer and its schedule, which the log does not name'];
  if (adapter === undefined)
    return {
      text: [
        `# Imported from ${source.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}.`,
        '# No adapter lay beside it: model, method and data are not known.',
        'version: 1',
        `model: {path: ${JSON.stringify(base ?? 'unknown')}}`,
        'adapters: []',
        `training: {max_steps: ${log.totalSteps}}`,
        '',
      ].join('\n'),
      method: '?',
      model: base === undefined ? '?' : path.basename(base),
    };
  const draft: Draft = draftOfPeft(readAdapterConfig(adapter), path.join(adapter, configName));
  const model = { ...draft.model, ...(base !== undefined && { path: base }) };
  const named = typeof model.path === 'string' ? path.basename(model.path) : '?';
  const notes = [...draft.notes, ...unknown];
  return {
    text: draftText({ ...draft, source, model, training, notes }),
    method: String(draft.entry.method),
    model: named,
  };
}

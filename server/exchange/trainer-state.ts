/**
 * `trainer_state.json` of Hugging Face's Trainer (transformers 4 and 5): what its log says of a training. `log_history` has an object for each
 * time it logged: a mean loss since the last, `eval_…` of an evaluation, and one summary at the end.
 */
import { readFileSync, statSync } from 'node:fs';
import { RankwiseError } from '../base/errors.ts';
import { isRecord } from '../base/record.ts';

/** Numbers that the log does not have are absent; those that it has as NaN or infinities are null. */
export type Logged = number | null;

export interface TrainerStep {
  step: number;
  epoch?: Logged;
  loss: Logged;
  learning_rate?: Logged;
  grad_norm?: Logged;
  /** Since the step before. */
  tokens?: number;
  /** Since the start. */
  seconds?: number;
}

export interface TrainerEvaluation {
  step: number;
  loss: Logged;
  metrics: Record<string, Logged>;
}

export interface TrainerLog {
  steps: TrainerStep[];
  evaluations: TrainerEvaluation[];
  /** Steps done, and how many there were to be. */
  step: number;
  totalSteps: number;
  /** Of the whole training, where the log has its summary. */
  seconds?: number;
  batchSize?: number;
  /** Of `log_history`, keys that say nothing here. */
  leftOut: string[];
  /** The first step whose loss is NaN or infinite. */
  notFinite?: number;
}

/** The text is one string in memory. */
const sizeLimit = 256 * 2 ** 20;

/** Errors: `file-not-readable`, `file-too-large`, `bad-trainer-state` with line and column, or the field. */
export function readTrainerState(file: string): TrainerLog {
  let text: string;
  try {
    const stats = statSync(file);
    if (!stats.isFile()) throw new RangeError('it is not a plain file');
    if (stats.size > sizeLimit)
      throw new RankwiseError('file-too-large', `${file} has ${stats.size} bytes; at most ${sizeLimit} are read.`, {
        file,
        hint: 'A log of some hundred thousand steps is smaller: train with a larger `logging_steps`, or shorten `log_history`.',
      });
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof RankwiseError) throw cause;
    throw new RankwiseError('file-not-readable', `${file} cannot be read: ${(cause as Error).message}`, {
      file,
      cause,
    });
  }
  return parseTrainerState(text, file);
}

/** Errors: `bad-trainer-state`. */
export function parseTrainerState(text: string, file: string): TrainerLog {
  const state = parsed(text, file);
  if (!isRecord(state) || !Array.isArray(state.log_history))
    throw bad(
      file,
      'has no list `log_history`',
      'log_history',
      'Name the trainer_state.json that Trainer writes into its checkpoints, and with `save_state()`.',
    );
  const found: TrainerLog = { steps: [], evaluations: [], step: 0, totalSteps: 0, leftOut: [] };
  const leftOut = new Set<string>();
  let tokens = 0;
  for (const entry of sorted(state.log_history, file)) {
    const { step } = entry;
    const numbers: Record<string, Logged> = {};
    for (const [key, value] of Object.entries(entry.values)) {
      if (typeof value === 'number') numbers[key] = value;
      else if (notNumbers.has(value as string)) numbers[key] = null;
      else leftOut.add(key);
    }
    const { loss, epoch, learning_rate, grad_norm, num_input_tokens_seen: seen, train_runtime: seconds } = numbers;
    if (loss !== undefined) {
      const since = typeof seen === 'number' && seen >= tokens ? seen - tokens : undefined;
      if (typeof seen === 'number') tokens = seen;
      if (loss === null) found.notFinite ??= step;
      found.steps.push({
        step,
        loss,
        ...(epoch !== undefined && { epoch }),
        ...(learning_rate !== undefined && { learning_rate }),
        ...(grad_norm !== undefined && { grad_norm }),
        ...(since !== undefined && { tokens: since }),
        ...(typeof seconds === 'number' && { seconds }),
      });
    } else if (typeof seconds === 'number') found.seconds = seconds;
    const evaluation = evaluationOf(step, numbers);
    if (evaluation) found.evaluations.push(evaluation);
    for (const key of Object.keys(numbers)) if (!known.test(key)) leftOut.add(key);
  }
  if (found.steps.length === 0 && found.evaluations.length === 0)
    throw bad(
      file,
      'has a `log_history` without a loss',
      'log_history',
      'Train with `logging_steps` below the number of steps.',
    );
  const last = Math.max(...[found.steps.at(-1), found.evaluations.at(-1)].map((one) => one?.step ?? 0));
  found.step = Math.max(last, whole(state.global_step) ?? 0);
  found.totalSteps = Math.max(found.step, whole(state.max_steps) ?? 0);
  found.leftOut = [...leftOut];
  const batchSize = whole(state.train_batch_size);
  if (batchSize) found.batchSize = batchSize;
  return found;
}

/** Keys that are taken over, and those of speeds and sums that follow from others. */
const known =
  /^(loss|epoch|learning_rate|grad_norm|step|num_input_tokens_seen|total_flos|train_(loss|runtime|samples_per_second|steps_per_second|tokens_per_second)|eval_.*)$/;
const speeds = /_(runtime|samples_per_second|steps_per_second|model_preparation_time)$/;

function evaluationOf(step: number, numbers: Record<string, Logged>): TrainerEvaluation | undefined {
  const all = Object.entries(numbers).filter(([key]) => key.startsWith('eval_') && !speeds.test(key));
  if (all.length === 0) return undefined;
  const { eval_loss: loss = null, ...metrics } = Object.fromEntries(all);
  const named = Object.entries(metrics).map(([key, value]) => [key.slice('eval_'.length), value]);
  return { step, loss, metrics: Object.fromEntries(named) };
}

/** By step: a training that went on from an earlier checkpoint may have logged anew. */
function sorted(history: unknown[], file: string): { step: number; values: Record<string, unknown> }[] {
  const entries = history.map((entry, i) => {
    if (!isRecord(entry)) throw bad(file, `has no object in \`log_history\` at ${i}`, `log_history.${i}`);
    const step = whole(entry.step);
    if (step === undefined)
      throw bad(file, `has no whole number \`step\` in \`log_history\` at ${i}`, `log_history.${i}.step`);
    return { step, values: entry };
  });
  return entries.sort((a, b) => a.step - b.step);
}

const whole = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

/** As long as what they stand for, so that places in the text stay. */
const notNumbers: ReadonlySet<string> = new Set(['\0', '\0Infini', '\0nfini']);

/** Python writes NaN, Infinity and -Infinity, which JSON does not have. */
function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (first) {
    const marked = text.replace(/"(?:[^"\\]|\\.)*"|-Infinity|Infinity|NaN/g, (token) =>
      token.startsWith('"') ? token : token === 'NaN' ? '"\0"' : token === 'Infinity' ? '"\0nfini"' : '"\0Infini"',
    );
    try {
      return JSON.parse(marked.replaceAll('\0', '\\u0000'));
    } catch {
      throw notJson(text, marked, first as Error, file);
    }
  }
}

/** Where it breaks off, or what stands in the way; in `marked` NaN is no fault. */
function notJson(text: string, marked: string, cause: Error, file: string): RankwiseError {
  const json = marked.replaceAll('\0', '0').trimEnd();
  const cut = breaksOff(json);
  const position = cut ? json.length : firstFault(json);
  const before = text.slice(0, position);
  const place = `line ${before.split('\n').length}, column ${position - before.lastIndexOf('\n')}`;
  return new RankwiseError(
    'bad-trainer-state',
    `${file} is not valid JSON at ${place}${cut ? ': it breaks off there' : ''}.`,
    {
      file,
      cause,
      hint: cut
        ? 'It was not written to its end: take the one of an earlier checkpoint.'
        : 'Correct it, or take the one of an earlier checkpoint.',
    },
  );
}

/** The engine names the place of some faults and not of others: it is the end of the shortest beginning that nothing can make whole. */
function firstFault(json: string): number {
  let [good, bad] = [0, json.length];
  while (good + 1 < bad) {
    const middle = (good + bad) >>> 1;
    if (breaksOff(json.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return bad - 1;
}

/** Whether more text could make it JSON. */
function breaksOff(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const position = /position (\d+)/.exec(message)?.[1];
    return /end of JSON|Unterminated/.test(message) || (position !== undefined && Number(position) >= json.length);
  }
}

const bad = (file: string, what: string, field: string, hint = 'Take the file as Trainer wrote it.'): RankwiseError =>
  new RankwiseError('bad-trainer-state', `${file} ${what}.`, { file, field, hint });

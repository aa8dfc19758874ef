/**
 * Checkpoints of a run, `checkpoints/step-N/`: the adapter in PEFT's format, `state.safetensors` (trainable tensors the
 * optimizer's moments, and what methods keep between steps, float32) and `trainer.json` (where the run stands). A folder of that name is whole: it is written under
 * another name and renamed.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errorData, RankwiseError } from '../base/errors.ts';
import { makeFolder, writeFileAtomic, writeFolderAtomic } from '../base/files.ts';
import { openSafetensors } from '../checkpoint/safetensors/read.ts';
import { type TensorSource, writeSafetensors } from '../checkpoint/safetensors/write.ts';
import type { Pinned } from '../protocol/events.ts';
import type { AdamW } from './optimizer.ts';
import type { Progress } from './state.ts';
import type { TrainableModel } from './types.ts';

/** `trainer.json`. */
export interface TrainerRecord {
  format: 1;
  progress: Progress;
  pinned: Pinned;
  /** SHA-256 of recipe.peft and of state.safetensors, hexadecimal. */
  recipe: string;
  state: string;
}

export const checkpointsFolder = (run: string): string => path.join(run, 'checkpoints');
const prefix = {
  parameter: 'trainable.',
  exp_avg: 'exp_avg.',
  exp_avg_sq: 'exp_avg_sq.',
  schedule: 'schedule.',
} as const;
const stateFile = 'state.safetensors';
const recordFile = 'trainer.json';

/** Writes `step-N` for the present state, then removes the oldest beyond `limit`, but never the best one. Returns its absolute path. */
export async function saveCheckpoint(
  run: string,
  model: TrainableModel,
  optimizer: AdamW,
  record: Omit<TrainerRecord, 'format' | 'state'>,
  limit = Number.POSITIVE_INFINITY,
): Promise<string> {
  const folder = checkpointsFolder(run);
  makeFolder(folder);
  const target = path.join(folder, `step-${record.progress.step}`);
  // One that could not be read on resume; the steps up to it have been done again.
  rmSync(target, { recursive: true, force: true });
  await writeFolderAtomic(target, async (temporary) => {
    // With `full` the trainable tensors are the model, and they are in the state.
    if (model.result === 'adapter') await model.saveAdapters(temporary);
    const state = path.join(temporary, stateFile);
    writeSafetensors(state, stateTensors(model, optimizer));
    const whole: TrainerRecord = { format: 1, ...record, state: await sha256(state) };
    writeFileAtomic(path.join(temporary, recordFile), `${JSON.stringify(whole, null, 2)}\n`);
  });
  for (const old of stepsIn(run).slice(Math.max(1, limit)))
    if (old !== record.progress.best?.step) rmSync(path.join(folder, `step-${old}`), { recursive: true, force: true });
  return target;
}

/** Of the tensors that are trained, float32. */
export const trainableBytes = ({ trainable }: TrainableModel): number =>
  [...trainable.values()].reduce((sum, { data }) => sum + data.byteLength, 0);

/** What a checkpoint takes on disk, nearly: the tensors with their moments, and the adapter once more. */
export const checkpointBytes = (model: TrainableModel): number =>
  (model.result === 'adapter' ? 4 : 3) * trainableBytes(model);

function stateTensors({ trainable, schedule }: TrainableModel, { moments }: AdamW): TensorSource[] {
  const kept = [...(schedule?.tensors ?? [])].map(([name, { data, shape }]) => ({
    name: prefix.schedule + name,
    shape,
    data: () => data,
  }));
  const trained = [...trainable].flatMap(([name, { data, shape }]) => [
    { name: prefix.parameter + name, shape, data: () => data },
    { name: prefix.exp_avg + name, shape, data: () => moments.get(name)!.exp_avg },
    { name: prefix.exp_avg_sq + name, shape, data: () => moments.get(name)!.exp_avg_sq },
  ]);
  return [...trained, ...kept];
}

export interface FoundCheckpoint {
  path: string;
  record: TrainerRecord;
}

/** Removes what a killed save left under a temporary name. Only the job that trains the run may call this. */
export function removeTornCheckpoints(run: string): void {
  const folder = checkpointsFolder(run);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder))
    if (name.endsWith('.tmp')) rmSync(path.join(folder, name), { recursive: true, force: true });
}

/** The newest whole checkpoint, or undefined when there is none. Damaged ones are passed over and reported to `skipped`. */
export async function latestCheckpoint(
  run: string,
  skipped: (message: string) => void,
): Promise<FoundCheckpoint | undefined> {
  const folder = checkpointsFolder(run);
  if (!existsSync(folder)) return undefined;
  for (const step of stepsIn(run)) {
    const checkpoint = path.join(folder, `step-${step}`);
    try {
      return { path: checkpoint, record: await checkedRecord(checkpoint) };
    } catch (error) {
      skipped(`The checkpoint of step ${step} is damaged and passed over: ${errorData(error).message}`);
    }
  }
  return undefined;
}

/** The checkpoint of a step. Throws `checkpoint-damaged`, or what reading a file that is gone throws. */
export async function checkpointAt(run: string, step: number): Promise<FoundCheckpoint> {
  const checkpoint = path.join(checkpointsFolder(run), `step-${step}`);
  return { path: checkpoint, record: await checkedRecord(checkpoint) };
}

async function checkedRecord(checkpoint: string): Promise<TrainerRecord> {
  const file = path.join(checkpoint, recordFile);
  const record = JSON.parse(readFileSync(file, 'utf8')) as TrainerRecord;
  if (record.format !== 1) throw damaged(file, `format ${record.format} is not known`);
  const state = path.join(checkpoint, stateFile);
  if ((await sha256(state)) !== record.state) throw damaged(state, 'its content is not what was written');
  return record;
}

/** Puts the tensors and the optimizer back, bit for bit. Throws `checkpoint-mismatch` when they are not those of this model. */
export function restoreCheckpoint(
  { path: checkpoint, record }: FoundCheckpoint,
  model: TrainableModel,
  optimizer: AdamW,
): void {
  const file = openSafetensors(path.join(checkpoint, stateFile));
  try {
    const copy = (name: string, into: Float32Array) => {
      const data = file.tensors.has(name) ? file.read(name).data : undefined;
      if (data?.length !== into.length)
        throw new RankwiseError('checkpoint-mismatch', `${file.file} does not fit this recipe: ${name}.`, {
          file: file.file,
          hint: 'The recipe, the model or Rankwise has changed since: start a new run.',
        });
      into.set(data);
    };
    for (const [name, { data }] of model.trainable) {
      const { exp_avg, exp_avg_sq } = optimizer.moments.get(name)!;
      copy(prefix.parameter + name, data);
      copy(prefix.exp_avg + name, exp_avg);
      copy(prefix.exp_avg_sq + name, exp_avg_sq);
    }
    for (const [name, { data }] of model.schedule?.tensors ?? []) copy(prefix.schedule + name, data);
  } finally {
    file.close();
  }
  optimizer.step = record.progress.step;
}

/** Numbers of the checkpoints there are, newest first. */
function stepsIn(run: string): number[] {
  return readdirSync(checkpointsFolder(run))
    .flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

const damaged = (file: string, what: string) => new RankwiseError('checkpoint-damaged', `${file}: ${what}`, { file });

/** Trains the run in a directory that holds `recipe.peft`, or goes on with it after its last checkpoint. */
import { existsSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { errorData, RankwiseError } from '../base/errors.ts';
import { demandRun, recipeFile } from '../base/run-folder.ts';
import { bucketedStep, type Compilation } from '../engine/index.ts';
import type { BackendName, Capabilities, CompiledStep, StepCheck, StepFunction } from '../engine/types.ts';
import type { BackendChoice } from '../protocol/backends.ts';
import type { CompiledEvent, Pinned, RunEvent, RunResult } from '../protocol/events.ts';
import type { Recipe } from '../recipe/types.ts';
import { assembleRecipe } from '../training/assemble-recipe.ts';
import {
  checkpointAt,
  checkpointBytes,
  checkpointsFolder,
  type FoundCheckpoint,
  latestCheckpoint,
  removeTornCheckpoints,
  restoreCheckpoint,
  saveCheckpoint,
  trainableBytes,
} from '../training/checkpoints.ts';
import { classWeightsOf } from '../training/class-weights.ts';
import type { Decomposed, Preparing } from '../training/decompose.ts';
import { type Outcome, plannedSteps, trainLoop } from '../training/loop.ts';
import { readMetrics } from '../training/metrics.ts';
import { AdamW } from '../training/optimizer.ts';
import { type Progress, start } from '../training/state.ts';
import type { TrainableModel } from '../training/types.ts';
import { automatic, type Question } from './choice/automatic.ts';
import { withFactors } from './decompositions.ts';
import { samplerOf } from './generation/samples.ts';
import { Journal } from './journal.ts';
import { openLogs } from './logs/registry.ts';
import { memoryFault } from './memory-faults.ts';
import { Room } from './room.ts';
import { loadRunData, type RunData } from './run-data.ts';
import { readRunRecipe } from './run-directory.ts';
import { rungEvents, stopStep } from './rung.ts';
import { signsOfLife } from './signs-of-life.ts';
import { startChosen, startFor } from './start.ts';
import type { Job, JobContext } from './types.ts';
import { worseThanBase } from './worse-than-base.ts';
import { runMissing, writeFault } from './write-faults.ts';

/**
 * Events go to metrics.jsonl before they go to the context. A failure is an event and is thrown as well; being cancelled is no
 * failure, and a full disk is waited for. Nothing but the run directory is written to.
 */
export const run: Job<'train'> = async (params, { emit, ...context }) => {
  const journal = openJournal(params.run, emit);
  const progress = start();
  const room = roomFor(params.run, journal, progress, context.signal);
  try {
    await work(params, journal, room, progress, context);
    await written(params.run, journal, room);
    journal.close();
  } catch (thrown) {
    const error =
      writeFault(thrown, params.run) ?? (await memoryFault(thrown, params.run).catch(() => undefined)) ?? thrown;
    const { code, message, hint } = errorData(error);
    if (code === 'disk-full' && context.signal.aborted) {
      cancelWithoutRoom(params.run, journal, progress);
      return null;
    }
    const failed = { event: 'failed', step: progress.step, run: params.run, code, message } as const;
    try {
      journal.emit({ ...failed, ...(hint !== undefined && { hint }) });
      journal.close();
    } catch {
      // On a full disk the event cannot be written; the error that is thrown says it all.
    }
    throw error;
  }
  return null;
};

function roomFor(run: string, journal: Journal, progress: Progress, signal: AbortSignal): Room {
  return new Room({
    run,
    signal,
    paused: (pause) => journal.emitAtOnce({ event: 'paused', step: progress.step, ...pause }),
    continued: (seconds) => journal.emit({ event: 'continued', step: progress.step, seconds }),
  });
}

/** Waits until all that was told is in the files; nothing to wait for while the disk has room. */
const written = (run: string, journal: Journal, room: Room): Promise<void> | undefined =>
  journal.isBehind ? room.through({ path: run, bytes: 0 }, () => journal.flush()) : undefined;

/** The daemon hears of it all the same. */
function cancelWithoutRoom(run: string, journal: Journal, { step }: Progress): void {
  const message =
    'The disk is full, so there is no checkpoint of this step: resuming goes on from the last checkpoint before it.';
  journal.emit({ event: 'warning', step, code: 'checkpoint-not-written', message });
  journal.emit({ event: 'cancelled', step, run });
  try {
    journal.close();
  } catch (thrown) {
    if (writeFault(thrown, run)?.code !== 'disk-full') throw thrown;
  }
}

function openJournal(run: string, emit: (event: RunEvent) => void): Journal {
  // A directory that is none is no place to write an event to.
  demandRun(run);
  try {
    return new Journal(run, emit);
  } catch (thrown) {
    throw writeFault(thrown, run) ?? thrown;
  }
}

type Warn = (warning: { code: string; message: string }) => void;

async function work(
  { run, resume, allowDifferentBackend = false, backend, until }: Parameters<Job<'train'>>[0],
  journal: Journal,
  room: Room,
  progress: Progress,
  { work: ask, signal, chunk }: Pick<JobContext, 'work' | 'signal' | 'chunk'>,
): Promise<void> {
  const doing = signsOfLife(chunk);
  const { recipe, text, hash } = readRunRecipe(run);
  const { training } = recipe;
  journal.loggingSteps = training.logging_steps;
  journal.logs = await room.through({ path: run, bytes: 0 }, () => openLogs(run, recipe, text));
  const warn: Warn = (warning) => journal.emit({ event: 'warning', step: progress.step, ...warning });
  removeTornCheckpoints(run);
  const found = resume
    ? await latestCheckpoint(run, (message) => warn({ code: 'checkpoint-damaged', message }))
    : undefined;
  if (found) checkRecipe(found, hash);
  const before = allowDifferentBackend || backend !== undefined ? undefined : found?.record.pinned;
  const named = backend ?? (before?.backend as BackendName | undefined) ?? training.backend;
  const threads = training.threads ?? before?.threads;
  const { started, choice } =
    named === 'auto'
      ? await startAutomatically({ recipeText: text, recipe }, { work: ask, signal }, journal, run)
      : { started: await startFor({ backend: named, threads }), choice: undefined };
  const pinned = pin(recipe, started, before);
  doing('loading');
  const model = await prepare(recipe, found, { journal, run, signal, warn });
  if (!model) {
    journal.emit({ event: 'cancelled', step: found?.record.progress.step ?? 0, run });
    return;
  }
  let data: RunData | undefined;
  try {
    doing('encoding');
    data = await load(run, recipe, model, { journal, signal });
    if (!data) {
      journal.emit({ event: 'cancelled', step: found?.record.progress.step ?? 0, run });
      return;
    }
    const { train, validation, warnings, encoded } = data;
    const classWeights = classWeightsOf(training.class_weights, train, model.numLabels ?? 0);
    const optimizer = new AdamW(model.trainable, training.optimizer);
    if (found) {
      restoreCheckpoint(found, model, optimizer);
      Object.assign(progress, found.record.progress);
    }
    const sampler = samplerOf(recipe, model, run);
    const known = resume && (await readMetrics(run)).some(({ event }) => event === 'started');
    const { trainableParameters, allParameters } = model;
    const totalSteps = plannedSteps(training, train.length);
    if (known) journal.emit({ event: 'resumed', step: progress.step, pinned });
    else journal.emit({ event: 'started', run, totalSteps, trainableParameters, allParameters, pinned });
    if (choice) journal.emit({ event: 'backend', ...choice });
    for (const event of encoded) journal.emit(event);
    if (progress.step === 0) for (const warning of [...model.warnings, ...warnings]) warn(warning);

    const save = async () => {
      await written(run, journal, room);
      const record = { progress, pinned, recipe: hash };
      doing('writing');
      const folder = await room.through({ path: checkpointsFolder(run), bytes: checkpointBytes(model) }, () => {
        // Nothing is made anew where somebody took it away.
        if (!existsSync(run)) throw runMissing(run);
        // Steps that a checkpoint stands on are never missing from the file, even after a power failure.
        journal.sync();
        return saveCheckpoint(run, model, optimizer, record, training.save_total_limit);
      });
      journal.emit({ event: 'checkpoint', step: progress.step, path: folder });
      await room.through({ path: run, bytes: 0 }, () => journal.sync());
      doing('training');
    };
    const evalSteps = training.eval_steps;
    const stop = stopStep(until, totalSteps, evalSteps);
    const outcome = await trainLoop({
      model,
      compile: (step, part) => compiled(step, part, model, training.check, progress, journal),
      train,
      validation,
      settings: training,
      dtype: recipe.model.dtype,
      shuffle: recipe.data!.shuffle,
      ...(classWeights && { classWeights }),
      progress,
      optimizer,
      signal,
      ...(stop !== undefined && { until: stop }),
      emit: (event) => journal.emit(event),
      doing,
      written: () => written(run, journal, room),
      save,
      ...(sampler && { sampler }),
    });
    if (outcome.end === 'cancelled') journal.emit({ event: 'cancelled', step: progress.step, run });
    else if (outcome.end === 'paused') {
      for (const event of rungEvents(until!, progress, { run, total: totalSteps, evalSteps })) journal.emit(event);
      journal.sync();
    } else {
      if (await takeBest(run, model, optimizer, progress, warn)) progress.adapted = progress.best!;
      const worse = worseThanBase(progress, training);
      if (worse) warn(worse);
      doing('writing');
      await finish(run, model, progress, outcome, journal, room);
    }
  } finally {
    data?.close();
    model.dispose();
  }
}

/** The model, its start taken from the weights or from the checkpoint; undefined when that was cancelled. */
async function prepare(
  recipe: Recipe,
  found: FoundCheckpoint | undefined,
  { journal, run, signal, warn }: { journal: Journal; run: string; signal: AbortSignal; warn: Warn },
): Promise<TrainableModel | undefined> {
  const resumed = found && path.join(found.path, 'adapter');
  const preparing = (progress: Preparing) => journal.emit({ event: 'preparing', run, ...progress });
  const decomposed = (all: Decomposed) => journal.emit({ event: 'decomposed', run, ...all });
  try {
    return await withFactors(
      (factors) => assembleRecipe(recipe, { factors, preparing, decomposed, signal, ...(resumed && { resumed }) }),
      ({ code, message }) => warn({ code, message }),
    );
  } catch (error) {
    if (signal.aborted && errorData(error).code === 'aborted') return undefined;
    throw error;
  }
}

/** The data; undefined when its encoding was cancelled. */
async function load(
  run: string,
  recipe: Recipe,
  model: TrainableModel,
  { journal, signal }: { journal: Journal; signal: AbortSignal },
): Promise<RunData | undefined> {
  try {
    return await loadRunData(run, recipe, model, {
      signal,
      encoding: (part, progress) => journal.emit({ event: 'encoding', run, part, ...progress }),
    });
  } catch (error) {
    if (signal.aborted && errorData(error).code === 'aborted') return undefined;
    throw error;
  }
}

/** A step that tells of each shape that is compiled, and how it was checked. */
function compiled(
  step: StepFunction,
  part: CompiledEvent['part'],
  model: TrainableModel,
  mode: StepCheck['mode'],
  progress: Progress,
  journal: Journal,
): CompiledStep {
  const tell = ({ nodes, seconds, flops, overhead, check, fault }: Compilation) => {
    const outcome: CompiledEvent['check'] = fault ? 'differs' : (check?.on ?? 'off');
    const difference = check && check.on !== 'known' ? { difference: check.difference } : {};
    const recomputed = overhead === undefined ? {} : { recomputed: overhead };
    const about = { part, nodes, seconds, flops, ...recomputed, check: outcome, ...difference };
    journal.emit({ event: 'compiled', step: progress.step, ...about });
    if (!fault) return;
    const message = `${fault.message}. The run goes on without compiling: slower, with the reference's numbers. Please report it.`;
    journal.emit({ event: 'warning', step: progress.step, code: fault.code, message });
  };
  const baseline = part === 'training' && model.keptStep ? { baseline: model.keptStep } : {};
  return bucketedStep(step, { check: { mode, slice: model.checkSlice }, compiled: tell, ...baseline });
}

/** Starts what is fastest here, and tells what that is and why. */
async function startAutomatically(
  question: Question,
  context: Pick<JobContext, 'work' | 'signal'>,
  journal: Journal,
  run: string,
): Promise<{ started: Capabilities; choice: BackendChoice }> {
  const chosen = await automatic(question, context, {
    calibrating: (candidates) => {
      const places = candidates.map(({ backend, device }) => ({ backend, ...(device !== '' && { device }) }));
      journal.emit({ event: 'calibrating', run, candidates: places });
    },
  });
  return await startChosen(chosen, question.recipe.training.threads);
}

/** What a resume must find unchanged. Throws `different-backend` where it is not what it was `before`. */
function pin({ model }: Recipe, { backend, provider, threads, versions }: Capabilities, before?: Pinned): Pinned {
  const now: Pinned = { backend, provider, threads, dtype: model.dtype, versions };
  const differences = before ? differencesOf(before, now) : [];
  if (differences.length === 0) return now;
  throw new RankwiseError('different-backend', `The run was made with ${differences.join(', ')}.`, {
    hint: 'Resume it there, or pass --allow-different-backend: it then goes on, but not bit for bit as it would have.',
  });
}

function differencesOf(before: Pinned, now: Pinned): string[] {
  const flat = ({ versions, ...rest }: Pinned): Record<string, unknown> => ({ ...rest, ...versions });
  const [old, current] = [flat(before), flat(now)];
  return [...new Set([...Object.keys(old), ...Object.keys(current)])]
    .filter((key) => old[key] !== current[key])
    .map((key) => `${key} ${old[key] ?? 'absent'} (here ${current[key] ?? 'absent'})`);
}

function checkRecipe({ path: checkpoint, record }: FoundCheckpoint, hash: string): void {
  if (record.recipe === hash) return;
  throw new RankwiseError('recipe-changed', `recipe.peft is not the one that ${checkpoint} was made with.`, {
    file: recipeFile(path.join(checkpoint, '..', '..')),
    hint: 'Put the recipe back as it was, or start a new run.',
  });
}

/** Puts the best step into the model, where one was chosen; false where it is there, or cannot be read: then the result is the last step. */
async function takeBest(
  run: string,
  model: TrainableModel,
  optimizer: AdamW,
  { best, step }: Progress,
  warn: Warn,
): Promise<boolean> {
  if (!best || best.step === step) return false;
  try {
    restoreCheckpoint(await checkpointAt(run, best.step), model, optimizer);
    return true;
  } catch (error) {
    const message = `The checkpoint of the best step, ${best.step}, cannot be read, so the result is the last step: ${errorData(error).message}`;
    warn({ code: 'best-checkpoint-lost', message });
    return false;
  }
}

/** Writes the result, whole or not at all; what a killed attempt left there is the same and goes. */
async function finish(
  run: string,
  model: TrainableModel,
  progress: Progress,
  { metric, stopped }: Extract<Outcome, { end: 'finished' }>,
  journal: Journal,
  room: Room,
): Promise<void> {
  const { best } = progress;
  const target = path.join(run, model.result);
  // What a model takes is mostly its frozen weights, which are nowhere counted.
  const bytes = model.result === 'adapter' ? trainableBytes(model) : undefined;
  const adapters = await room.through({ path: target, bytes }, async () => {
    rmSync(target, { recursive: true, force: true });
    if (model.result === 'adapter') return model.saveAdapters(run);
    await model.saveModel(target);
    return undefined;
  });
  const { trainableParameters, allParameters } = model;
  const weights = adapters?.map((adapter) => path.join(adapter.path, 'adapter_model.safetensors'));
  const result: RunResult = {
    trainableParameters,
    allParameters,
    percent: (100 * trainableParameters) / allParameters,
    adapterBytes: (weights ?? [path.join(target, 'model.safetensors')]).reduce((sum, f) => sum + statSync(f).size, 0),
    seconds: progress.seconds,
    ...(progress.base && { base: progress.base }),
    ...(progress.adapted && { adapted: { loss: progress.adapted.loss, metrics: progress.adapted.metrics } }),
    ...(metric !== undefined &&
      best &&
      best.step === progress.adapted?.step && { best: { step: best.step, metric, value: best.value } }),
    ...(stopped && { stopped }),
  };
  journal.emit({
    event: 'finished',
    step: progress.step,
    run,
    ...(adapters ? { adapters } : { model: target }),
    result,
  });
}

/** The training loop: micro-batches -> gradients -> norm -> clip -> AdamW, with evaluations and checkpoints between the steps. */
import { errorData } from '../base/errors.ts';
import { collate, stepsPerEpoch, stepWindow, totalSteps } from '../data/batches.ts';
import { type EpochOrder, epochOrder } from '../data/order.ts';
import type { Examples } from '../data/types.ts';
import { memoryStats } from '../engine/index.ts';
import type { CompiledStep, StepFunction } from '../engine/types.ts';
import type { CompiledEvent, RunEvent } from '../protocol/events.ts';
import type { TrainingSection } from '../recipe/types.ts';
import { clipFactor, gradientNorm } from './clip.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { GradientAccumulator } from './gradients.ts';
import { checkEvaluation, checkFinite, checkTrainable } from './non-finite.ts';
import { type AdamW, groupRate } from './optimizer.ts';
import { rankTeller } from './rank-events.ts';
import { rateFactor } from './schedule.ts';
import { type Selection, selectionOf } from './selection.ts';
import type { Progress } from './state.ts';
import type { TrainableModel } from './types.ts';
import { zeroGradients } from './zero-gradients.ts';

/** An event before whoever writes it down gives it its time. */
export type Untimed<E> = E extends RunEvent ? Omit<E, 'time'> : never;

/** Writes texts with the model as it is. */
export interface Sampler {
  /** At each so many evaluations, besides the first and the last step. */
  every: number;
  /** Texts of a round. */
  count: number;
  /**
   * Tells each text of a round after the first `from`; those that are not through when `signal` aborts are not told. `alive` is called as the texts
   * grow.
   */
  write(
    from: number,
    tell: (sample: { prompt: string; text: string }) => void,
    signal: AbortSignal,
    alive: () => void,
  ): Promise<void>;
  dispose(): void;
}

export interface LoopInput {
  model: TrainableModel;
  compile(step: StepFunction, part: CompiledEvent['part']): CompiledStep;
  train: Examples;
  validation: Examples | undefined;
  settings: TrainingSection;
  /** How frozen weights are held (`model.dtype`): to say what may be to blame. */
  dtype: string;
  shuffle: boolean;
  /** One a class, where rows of one are to count more than those of another. */
  classWeights?: Float32Array;
  /** Changed in place, as are the model's tensors and the optimizer: after each step they belong together. */
  progress: Progress;
  optimizer: AdamW;
  signal: AbortSignal;
  /** Stops after this step, evaluated and with a checkpoint; the whole run stays as it was planned, and a resumed one gets the same bits. */
  until?: number;
  emit(event: Untimed<RunEvent>): void;
  /** What takes the time now; said again it is a sign of life. */
  doing(what: 'training' | 'evaluating' | 'sampling'): void;
  /** After each step: a promise where what was told has to wait for room on a full disk. */
  written(): Promise<void> | undefined;
  save(): Promise<void>;
  sampler?: Sampler;
}

/** Optimizer steps of the whole run. */
export function plannedSteps(settings: TrainingSection, examples: number): number {
  const perEpoch = stepsPerEpoch(examples, settings.batch_size, settings.gradient_accumulation_steps);
  return totalSteps(perEpoch, settings.num_epochs, settings.max_steps);
}

/** How the loop ended; `metric` is what the best step went by, where one was chosen. */
export type Outcome =
  | { end: 'cancelled' }
  /** At `until`. */
  | { end: 'paused' }
  | { end: 'finished'; metric?: string; stopped?: NonNullable<ReturnType<Selection['stop']>> };

/**
 * Trains from where `progress` stands to the end or an early one, to `until`, or until `signal` aborts: then a checkpoint is saved at the step boundary.
 * Throws `non-finite-loss` before anything is updated with such a gradient, or saved with such values.
 */
export async function trainLoop(input: LoopInput): Promise<Outcome> {
  const { model, settings, progress, signal, until = Number.POSITIVE_INFINITY } = input;
  const total = plannedSteps(settings, input.train.length);
  model.schedule?.check(total);
  const lossStep = input.compile(model.lossStep, 'training');
  const evaluation = new Evaluator(input);
  const selection = selectionOf(settings, model, input.validation !== undefined);
  const accumulator = new GradientAccumulator(model, lossStep, settings.seed, input.classWeights);
  const orderOf = epochOrders(input);
  let savedAt = progress.step;
  const save = async () => {
    if (savedAt === progress.step) return;
    checkTrainable(model, progress.step, input);
    await input.save();
    savedAt = progress.step;
  };
  const samples = new Samples(input);
  // The best is on disk before anything follows it.
  const evaluateNow = async () => {
    const found = await evaluation.now();
    await samples.atEvaluation();
    if (!found || !selection?.note(progress, found)) return;
    input.emit({ event: 'best', step: progress.step, metric: selection.metric, value: progress.best!.value });
    await save();
  };
  const stopped = () => selection?.stop(progress);
  const isDone = () => progress.step >= total || stopped() !== undefined;
  try {
    const tellRanks = rankTeller(model.schedule, input.emit);
    if (progress.step === 0) {
      tellRanks(0);
      await evaluation.base();
      await samples.write();
    } else if (isDue(settings.eval_steps, progress.step, progress.position.index === 0))
      // A cancel came before this evaluation was through, or before its texts were.
      await (evaluation.isCurrent() ? samples.atEvaluation() : evaluateNow());
    const noteGradient = zeroGradients(model, total, input.emit);
    while (!isDone() && progress.step < until && !signal.aborted) {
      const { loss, gradNorm, epochDone, allocated } = await step(
        input,
        accumulator,
        orderOf(progress.position.epoch),
        total,
      );
      if (allocated) tellRanks(progress.step);
      noteGradient(progress.step, loss, gradNorm);
      if (isDue(settings.eval_steps, progress.step, epochDone)) await evaluateNow();
      if (isDue(settings.save_steps, progress.step, epochDone)) await save();
      await input.written();
    }
    // eval_steps may miss the last step, and so may a cancel in the middle of its evaluation.
    if (isDone() && !evaluation.isCurrent()) await evaluateNow();
    if (isDone() && evaluation.isCurrent()) {
      checkTrainable(model, progress.step, input);
      await samples.write();
      if (!samples.areWritten()) {
        await save();
        return { end: 'cancelled' };
      }
      const stop = progress.step < total ? stopped() : undefined;
      return { end: 'finished', ...(stop && { stopped: stop }), ...(selection && { metric: selection.metric }) };
    }
    // Where none was due the best step and the patience know nothing of it: the run ends as it would have alone.
    if (progress.step >= until && !evaluation.isCurrent()) await evaluation.now();
    await save();
    return { end: progress.step >= until && evaluation.isCurrent() ? 'paused' : 'cancelled' };
  } catch (error) {
    // A sample that turns out to be damaged costs no step: the run goes on from here once it is mended.
    if (errorData(error).code === 'bad-image') await save();
    throw error;
  } finally {
    accumulator.dispose();
    lossStep.dispose();
    evaluation.dispose();
    samples.dispose();
  }
}

/** The order of the epoch under way, made once. */
function epochOrders({ train, settings, shuffle }: LoopInput): (epoch: number) => EpochOrder {
  const { seed, group_by_length, batch_size, gradient_accumulation_steps } = settings;
  const options = {
    seed,
    shuffle,
    ...(group_by_length && { groupBy: batch_size * gradient_accumulation_steps }),
  };
  let made: { epoch: number; order: EpochOrder } | undefined;
  return (epoch) => {
    if (made?.epoch !== epoch) made = { epoch, order: epochOrder(train, epoch, options) };
    return made.order;
  };
}

/** Every `steps` steps, or at the end of each epoch. */
const isDue = (steps: number | undefined, step: number, epochDone: boolean): boolean =>
  steps === undefined ? epochDone : step % steps === 0;

/** One optimizer step: advances `progress`, the model's tensors and the optimizer, and tells of it. */
async function step(
  { model, train, settings, dtype, progress, optimizer, emit }: LoopInput,
  accumulator: GradientAccumulator,
  order: EpochOrder,
  total: number,
): Promise<{ loss: number; gradNorm: number; epochDone: boolean; allocated: boolean }> {
  const began = performance.now();
  const { epoch, index } = progress.position;
  const window = stepWindow(order, index, settings.batch_size, settings.gradient_accumulation_steps);
  const batches = window.map((numbers) =>
    collate(
      numbers.map((i) => train.at(i)!),
      model,
    ),
  );
  const number = progress.step + 1;
  const loss = await accumulator.run(batches, number);
  const gradients = accumulator.gradients;
  const gradNorm = gradientNorm(gradients.values());
  checkFinite(loss, gradNorm, number, gradients, model, { settings, dtype });
  const factor = rateFactor(settings.scheduler, progress.step, total);
  const rateOf = (name: string) => factor * groupRate(model.groupOf(name), settings.optimizer);
  const clip = clipFactor(gradNorm, settings.max_grad_norm);
  optimizer.update(gradients, rateOf, clip);
  model.settle();
  const allocated = model.schedule?.after(number, total, gradients, clip) ?? false;

  const consumed = index + window.flat().length;
  const epochDone = consumed >= train.length;
  const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0);
  const seconds = (performance.now() - began) / 1000;
  progress.step = number;
  progress.position = epochDone ? { epoch: epoch + 1, index: 0 } : { epoch, index: consumed };
  progress.tokens += tokens;
  progress.seconds += seconds;
  emit({
    event: 'step',
    step: number,
    epoch: epoch + consumed / train.length,
    loss,
    learning_rate: factor * settings.optimizer.learning_rate,
    grad_norm: gradNorm,
    tokens,
    tokens_per_second: tokens / seconds,
    step_seconds: seconds,
    memory_bytes: memoryStats().rss,
  });
  return { loss, gradNorm, epochDone, allocated };
}

/** Evaluations of a run; without validation data they do nothing. */
class Evaluator {
  private readonly input: LoopInput;
  private readonly compiled: CompiledStep | undefined;

  constructor(input: LoopInput) {
    this.input = input;
    if (input.validation) this.compiled = input.compile(input.model.evaluationStep, 'evaluation');
  }

  async base(): Promise<void> {
    const result = await this.run();
    if (result) this.input.progress.base = result;
  }

  async now(): Promise<Evaluation | undefined> {
    const { progress } = this.input;
    const result = await this.run();
    if (result) progress.adapted = { ...result, step: progress.step };
    return result;
  }

  /** Whether the model as it is now has been evaluated, or there is nothing to evaluate on. */
  isCurrent(): boolean {
    return !this.compiled || this.input.progress.adapted?.step === this.input.progress.step;
  }

  dispose(): void {
    this.compiled?.dispose();
  }

  private async run(): Promise<Evaluation | undefined> {
    const { model, validation, settings, signal, progress, emit, doing } = this.input;
    if (!this.compiled || !validation) return undefined;
    const began = performance.now();
    doing('evaluating');
    const result = await evaluate(model, this.compiled, validation, {
      batchSize: settings.batch_size,
      signal,
      alive: () => doing('evaluating'),
    });
    doing('training');
    if (!result) return undefined;
    progress.seconds += (performance.now() - began) / 1000;
    checkEvaluation(result.loss, progress.step, this.input);
    emit({ event: 'evaluation', step: progress.step, ...result });
    return result;
  }
}

/** Texts that are written beside the evaluations; without a sampler they do nothing. */
class Samples {
  private readonly input: LoopInput;

  constructor(input: LoopInput) {
    this.input = input;
  }

  /** At each `every`th; which one it is follows from the step, so that a resumed run goes on in time. */
  async atEvaluation(): Promise<void> {
    const { sampler, settings, progress } = this.input;
    const number = settings.eval_steps === undefined ? progress.position.epoch : progress.step / settings.eval_steps;
    if (sampler && Number.isInteger(number) && number % sampler.every === 0) await this.write();
  }

  /** Once a step; what is left of it where a cancel cut it off. */
  async write(): Promise<void> {
    const { sampler, progress, signal, emit, doing } = this.input;
    if (!sampler || signal.aborted) return;
    if (progress.sampled?.step !== progress.step) progress.sampled = { step: progress.step, texts: 0 };
    const { sampled } = progress;
    if (sampled.texts === sampler.count) return;
    const began = performance.now();
    doing('sampling');
    const tell = (sample: { prompt: string; text: string }) => {
      emit({ event: 'sample', step: progress.step, ...sample });
      sampled.texts++;
    };
    await sampler.write(sampled.texts, tell, signal, () => doing('sampling'));
    doing('training');
    progress.seconds += (performance.now() - began) / 1000;
  }

  /** Whether all texts of this step are there, or none are wanted: no cancel came before. */
  areWritten(): boolean {
    const { sampler, progress } = this.input;
    return !sampler || (progress.sampled?.step === progress.step && progress.sampled.texts === sampler.count);
  }

  dispose(): void {
    this.input.sampler?.dispose();
  }
}

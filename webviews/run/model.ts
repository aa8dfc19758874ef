/** What the run panel knows: the events of a run folded into series and marks. No DOM, no clock. */

import { duration, bytes as size } from '../../server/base/units.ts';
import { capital } from '../../server/base/wording.ts';
import { haltedText, promotedText } from '../../server/metrics/halving.ts';
import type {
  BackendEvent,
  CompiledEvent,
  DecomposedEvent,
  EncodedEvent,
  EncodingEvent,
  FailedEvent,
  Pinned,
  PreparingEvent,
  RunEvent,
  RunResult,
  SampleEvent,
  StepEvent,
} from '../../server/protocol/events.ts';
import type { StepColumns } from '../../server/protocol/step-columns.ts';
import { figure } from '../shared/figures.ts';
import { lowerBound, type Point } from '../shared/series.ts';
import { Column, Quotient } from './column.ts';
import { Counts } from './counts.ts';
import { Ramp } from './ramp.ts';
import { Steps } from './steps.ts';

export interface Mark {
  kind:
    | 'preparing'
    | 'started'
    | 'resumed'
    | 'checkpoint'
    | 'warning'
    | 'evaluation'
    | 'best'
    | 'sample'
    | 'finished'
    | 'failed'
    | 'cancelled';
  step: number;
  /** ISO 8601, UTC. */
  time: string;
  /** What a person reads in the list of events. */
  text: string;
}

/** What the model wrote after a prompt at a step. */
export interface Sample {
  step: number;
  prompt: string;
  text: string;
}

/** Ranks of the matrices from this step on. */
export interface Allocation {
  step: number;
  budget: number;
  ranks: readonly number[];
}

/** Steps whose wall time the ETA looks at: enough to contain an evaluation now and then, few enough to follow a change. */
const etaSteps = 50;

export class RunModel {
  /** Of each row of the columns below. */
  readonly steps = new Steps();
  /** Seconds of training up to a row: the time between an interruption and the resume is none. */
  readonly seconds = new Ramp();
  /** Tokens trained on up to a row. */
  readonly tokens = new Counts();
  readonly loss = new Column();
  readonly learningRate = new Column();
  readonly gradNorm = new Column();
  readonly tokensPerSecond = new Column();
  readonly memory = new Column();
  /** What a step took: its tokens by their rate. */
  readonly stepSeconds = new Quotient(this.tokens, this.tokensPerSecond);
  /** By step. */
  evaluationLoss: Point[] = [];
  /** accuracy, perplexity, … by name. */
  metrics: Record<string, Point[]> = {};
  marks: Mark[] = [];
  step = 0;
  totalSteps = 0;
  /** Fractional epochs done. */
  epoch = 0;
  trainableParameters: number | undefined;
  allParameters: number | undefined;
  result: RunResult | undefined;
  failure: FailedEvent | undefined;
  /** How far the decompositions are that come before the first step. */
  preparing: PreparingEvent | undefined;
  /** What the decompositions came to. */
  decomposed: DecomposedEvent | undefined;
  /** How far the data is on its way to tokens, and what each part came to. */
  encoding: EncodingEvent | undefined;
  encoded: EncodedEvent[] = [];
  /** What computes, and why, where that was told. */
  pinned: Pinned | undefined;
  backend: BackendEvent | undefined;
  /** How the compiled steps compare with the reference: the worst that was found. */
  check: Pick<CompiledEvent, 'check' | 'difference'> | undefined;
  /** Of a method that takes ranks away: from which step on which, and of which modules. */
  allocations: Allocation[] = [];
  /** By step. */
  samples: Sample[] = [];
  rankedModules: readonly string[] = [];
  /** The step of the last checkpoint: what a resume goes on from. */
  checkpoint: number | undefined;
  /** Wall time (ms since 1970) at the end of recent steps of this process. */
  private clock: Point[] = [];
  /** When (ms since 1970) the training that `seconds` counts would have begun without any pause. */
  private epochStart: number | undefined;

  apply(event: RunEvent | StepColumns): void {
    switch (event.event) {
      case 'steps':
        this.takeColumns(event);
        break;
      case 'preparing':
        if (!this.preparing)
          this.mark(event, 'preparing', 0, `Decomposing ${event.total} matrices for the start, once`);
        this.preparing = event;
        break;
      case 'decomposed':
        this.decomposed = event;
        break;
      case 'encoding':
        if (this.encoding?.part !== event.part)
          this.mark(event, 'preparing', 0, `Encoding the ${event.part} data: ${size(event.totalBytes)}`);
        this.encoding = event;
        break;
      case 'encoded':
        this.encoding = undefined;
        this.encoded = [...this.encoded.filter(({ part }) => part !== event.part), event];
        break;
      case 'backend':
        this.backend = event;
        break;
      case 'compiled':
        this.compiled(event);
        break;
      case 'ranks':
        this.allocated(event);
        break;
      case 'started':
        this.pinned = event.pinned;
        this.totalSteps = event.totalSteps;
        this.trainableParameters = event.trainableParameters;
        this.allParameters = event.allParameters;
        this.clock = [{ x: 0, y: Date.parse(event.time) }];
        this.epochStart = Date.parse(event.time);
        this.mark(event, 'started', 0, `Started: ${event.totalSteps} steps on ${event.pinned.backend}`);
        break;
      case 'imported':
        this.totalSteps = event.totalSteps;
        this.trainableParameters = event.trainableParameters;
        this.allParameters = event.allParameters;
        this.mark(event, 'started', 0, `Trained elsewhere; imported from ${event.from}`);
        break;
      case 'resumed':
        this.rewind(event.step);
        this.pinned = event.pinned;
        this.clock = [{ x: event.step, y: Date.parse(event.time) }];
        this.epochStart = Date.parse(event.time) - 1000 * (this.seconds.last() ?? 0);
        this.mark(event, 'resumed', event.step, `Resumed after step ${event.step}`);
        break;
      case 'step':
        this.takeStep(event);
        break;
      case 'evaluation': {
        this.evaluationLoss.push({ x: event.step, y: number(event.loss) });
        const parts = [`loss ${figure(number(event.loss))}`];
        for (const [name, value] of Object.entries(event.metrics)) {
          this.metrics[name] ??= [];
          this.metrics[name].push({ x: event.step, y: number(value) });
          parts.push(`${name} ${figure(number(value))}`);
        }
        this.mark(event, 'evaluation', event.step, `Evaluation: ${parts.join(' · ')}`);
        break;
      }
      case 'best':
        this.mark(event, 'best', event.step, `Best so far: ${event.metric} ${figure(number(event.value))}`);
        break;
      case 'sample':
        this.sampled(event);
        break;
      case 'checkpoint':
        this.checkpoint = event.step;
        this.mark(event, 'checkpoint', event.step, 'Checkpoint saved');
        break;
      case 'warning':
        this.mark(event, 'warning', event.step, event.message);
        break;
      case 'paused':
        this.mark(event, 'warning', event.step, 'Paused: the disk is full');
        break;
      case 'continued':
        this.mark(event, 'resumed', event.step, `There is room again: continued after ${duration(event.seconds)}`);
        break;
      case 'finished':
        this.result = event.result;
        this.mark(event, 'finished', event.step, 'Finished');
        break;
      case 'failed':
        this.failure = event;
        this.mark(event, 'failed', event.step, event.message);
        break;
      case 'promoted':
        this.mark(event, 'evaluation', event.step, promotedText(event));
        break;
      case 'cancelled':
        this.mark(event, 'cancelled', event.step, capital(haltedText(event) ?? 'cancelled'));
        break;
    }
  }

  /** Seconds until the last step at the pace of the recent ones, evaluations and checkpoints included; undefined before the second step. */
  secondsLeft(totalSteps = this.totalSteps): number | undefined {
    const [first, last] = [this.clock[0], this.clock.at(-1)];
    if (!first || !last || last.x <= first.x || totalSteps === 0) return undefined;
    return (((last.y - first.y) / (last.x - first.x)) * Math.max(0, totalSteps - last.x)) / 1000;
  }

  private takeStep(event: StepEvent): void {
    this.epoch = event.epoch;
    this.addStep(event.step, Date.parse(event.time), number(event.tokens));
    this.loss.push(number(event.loss));
    this.learningRate.push(number(event.learning_rate));
    this.gradNorm.push(number(event.grad_norm));
    this.tokensPerSecond.push(number(event.tokens_per_second));
    this.memory.push(number(event.memory_bytes));
    this.stepSeconds.follow(this.memory.length);
  }

  private takeColumns(columns: StepColumns): void {
    this.epoch = columns.epoch;
    for (let i = 0; i < columns.steps.length; i++)
      this.addStep(columns.steps[i]!, columns.times[i]!, columns.tokens[i]!);
    this.loss.append(columns.loss);
    this.learningRate.append(columns.learningRate);
    this.gradNorm.append(columns.gradNorm);
    this.tokensPerSecond.append(columns.tokensPerSecond);
    this.memory.append(columns.memory);
    this.stepSeconds.follow(this.memory.length);
  }

  /** @param time ms since 1970. */
  private addStep(step: number, time: number, tokens: number): void {
    this.step = step;
    this.steps.push(step);
    this.epochStart ??= time;
    const before = this.seconds.last() ?? 0;
    // A clock that was set back: time goes on from where it was.
    if (time - this.epochStart < 1000 * before) this.epochStart = time - 1000 * before;
    if (time < (this.clock.at(-1)?.y ?? time)) this.clock = [];
    this.seconds.push((time - this.epochStart) / 1000);
    this.tokens.push(tokens);
    this.clock.push({ x: step, y: time });
    if (this.clock.length > etaSteps + 1) this.clock.shift();
  }

  /** The ranks that hold at a step; without one the last ones. */
  allocationAt(step = Number.POSITIVE_INFINITY): Allocation | undefined {
    return this.allocations.findLast((each) => each.step <= step) ?? this.allocations[0];
  }

  private sampled(event: SampleEvent): void {
    const { step, prompt, text } = event;
    const first = this.samples.at(-1)?.step !== step;
    // A run that was interrupted at a step may write there again.
    for (let i = this.samples.length - 1; i >= 0 && this.samples[i]!.step === step; i--)
      if (this.samples[i]!.prompt === prompt) this.samples.splice(i, 1);
    this.samples.push({ step, prompt, text });
    if (first) this.mark(event, 'sample', step, 'Samples written');
  }

  private compiled({ check, difference }: CompiledEvent): void {
    const order = ['known', 'off', 'slice', 'whole', 'differs'];
    const worse = order.indexOf(check) > order.indexOf(this.check?.check ?? 'known');
    const largest = Math.max(difference ?? -1, this.check?.difference ?? -1);
    this.check = {
      check: worse ? check : (this.check?.check ?? check),
      ...(largest >= 0 && { difference: largest }),
    };
  }

  private allocated({ step, budget, matrices, ranks }: Extract<RunEvent, { event: 'ranks' }>): void {
    if (matrices) this.rankedModules = matrices;
    // A run that begins anew tells its start again.
    this.allocations = this.allocations.filter((each) => each.step < step);
    this.allocations.push({ step, budget, ranks });
  }

  /** Forgets everything after `step`: what stands there was lost with an interruption and is computed again. */
  private rewind(step: number): void {
    const cut = (series: Point[]) => series.slice(0, lowerBound(series, step + 1));
    const rows = this.steps.lowerBound(step + 1);
    const { steps, seconds, tokens, loss, learningRate, gradNorm, tokensPerSecond, memory } = this;
    for (const each of [steps, seconds, tokens, loss, learningRate, gradNorm, tokensPerSecond, memory])
      each.truncate(rows);
    this.stepSeconds.follow(rows);
    this.evaluationLoss = cut(this.evaluationLoss);
    for (const [name, series] of Object.entries(this.metrics)) this.metrics[name] = cut(series);
    this.allocations = this.allocations.filter((each) => each.step <= step);
    this.samples = this.samples.filter((each) => each.step <= step);
    this.marks = this.marks.filter((mark) => mark.step <= step && mark.kind !== 'failed');
    this.step = step;
    this.result = undefined;
    this.failure = undefined;
    this.checkpoint = this.marks.findLast((mark) => mark.kind === 'checkpoint')?.step;
  }

  private mark(event: RunEvent, kind: Mark['kind'], step: number, text: string): void {
    this.marks.push({ kind, step, time: event.time, text });
  }
}

/** JSON has no NaN or infinity: they arrive as null or as text, and become gaps. */
function number(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

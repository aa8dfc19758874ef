/** Everything that a training job tells: metrics.jsonl first, then log.txt for people, then whoever started the job. */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { bytes, duration, shortDuration } from '../base/units.ts';
import type { StepTiming } from '../protocol/backends.ts';
import type { CompiledEvent, DecomposedEvent, EncodedEvent, RunEvent, RunResult } from '../protocol/events.ts';
import type { Untimed } from '../training/loop.ts';
import { type MetricsWriter, openMetrics } from '../training/metrics.ts';
import type { RunLog } from './logs/log.ts';

export class Journal {
  private readonly metrics: MetricsWriter;
  private readonly run: string;
  private readonly tell: (event: RunEvent) => void;
  /** Steps between lines of log.txt. */
  loggingSteps = 1;
  /** Files in other programs' formats. */
  logs: readonly RunLog[] = [];

  constructor(run: string, tell: (event: RunEvent) => void) {
    this.metrics = openMetrics(run);
    this.run = run;
    this.tell = tell;
  }

  emit(event: Untimed<RunEvent>): void {
    const timed = { ...event, time: new Date().toISOString() } as RunEvent;
    this.metrics.append(timed);
    if (timed.event !== 'step' || timed.step % this.loggingSteps === 0)
      appendFileSync(path.join(this.run, 'log.txt'), `${timed.time} ${logLine(timed)}\n`);
    for (const log of this.logs) log.append(timed);
    this.tell(timed);
  }

  sync(): void {
    this.metrics.sync();
  }

  close(): void {
    this.metrics.close();
    for (const log of this.logs) log.close();
  }
}

/** One plain line without the time. */
export function logLine(event: RunEvent): string {
  switch (event.event) {
    case 'calibrating':
      return `measuring a step on ${event.candidates.map(placeText).join(', ')}`;
    case 'backend':
      return `backend ${placeText(event)}: ${event.reason}${timingsText(event.timings)}`;
    case 'preparing':
      return `decomposed ${event.done} of ${event.total} matrices${event.remainingSeconds === undefined ? '' : `, about ${duration(event.remainingSeconds)} left`}`;
    case 'decomposed':
      return `decomposed ${event.matrices} matrices${event.held ? ` as ${event.held} holds them` : ''}, ${event.cached} from the cache${truncationText(event)}: residual at most ${event.residual.toExponential(1)}, orthogonality ${event.orthogonality.toExponential(1)}`;
    case 'encoding':
      return `encoding the ${event.part} data: ${event.rows} rows, ${bytes(event.bytes)} of ${bytes(event.totalBytes)}${event.remainingSeconds === undefined ? '' : `, about ${duration(event.remainingSeconds)} left`}`;
    case 'encoded':
      return encodedText(event);
    case 'started': {
      const { backend, provider, threads } = event.pinned;
      return `started: ${event.totalSteps} steps, ${event.trainableParameters} trainable parameters of ${event.allParameters}, ${backend} (${provider}), ${threads} threads`;
    }
    case 'imported':
      return `imported from ${event.from}: ${event.totalSteps} steps`;
    case 'resumed':
      return `resumed after step ${event.step}`;
    case 'compiled':
      return `compiled the ${event.part} step: ${event.nodes} nodes in ${event.seconds.toFixed(2)} s, ${checkText(event)}${recomputedText(event)}`;
    case 'step':
      return `step ${event.step}  loss ${event.loss.toFixed(4)}  learning rate ${event.learning_rate.toExponential(2)}  gradient norm ${event.grad_norm.toPrecision(3)}  ${Math.round(event.tokens_per_second)} tokens/s`;
    case 'ranks':
      return `ranks after step ${event.step}: ${event.budget} in all, ${Math.min(...event.ranks)} to ${Math.max(...event.ranks)} a matrix`;
    case 'evaluation':
      return `evaluation at step ${event.step}  loss ${event.loss.toFixed(4)}${metricsText(event.metrics)}`;
    case 'best':
      return `best so far: ${event.metric} ${event.value.toPrecision(4)} at step ${event.step}`;
    case 'sample':
      return `sample at step ${event.step}  ${JSON.stringify(event.prompt)} -> ${JSON.stringify(event.text)}`;
    case 'checkpoint':
      return `checkpoint ${event.path}`;
    case 'warning':
      return `warning (${event.code}): ${event.message}`;
    case 'finished':
      return `finished after ${event.result.seconds.toFixed(1)} s: ${(event.adapters ?? []).map((a) => a.path).join(', ') || event.model}${endText(event.result)}`;
    case 'failed':
      return `failed (${event.code}): ${event.message}${event.hint ? ` ${event.hint}` : ''}`;
    case 'cancelled':
      return `cancelled after step ${event.step}`;
  }
}

const encodedText = ({ part, rows, examples, heldBack, tokens, packedRows, cached, seconds }: EncodedEvent): string =>
  `${part} data: ${examples} examples of ${rows} rows${heldBack === undefined ? '' : `, ${heldBack} of them for validation`}, ${tokens} tokens${packedRows === undefined ? '' : `, packed into ${packedRows} rows`}, ${cached ? 'kept from an earlier run' : `encoded in ${shortDuration(seconds)}`}`;

const truncationText = ({ truncation }: DecomposedEvent): string =>
  truncation === undefined
    ? ''
    : `, to rank ${truncation.rank} with oversampling ${truncation.oversampling} and ${truncation.iterations} iterations`;

const placeText = ({ backend, device }: { backend: string; device?: string }): string =>
  device === undefined ? backend : `${backend} (${device})`;

const timingsText = (timings: readonly StepTiming[] = []): string =>
  timings
    .map(({ backend, seconds, error }) => `; ${backend} ${seconds === undefined ? error : shortDuration(seconds)}`)
    .join('');

function checkText({ check, difference = 0 }: CompiledEvent): string {
  const closely = difference === 0 ? 'bit for bit' : `to ${difference.toExponential(1)}`;
  const words = {
    slice: `a short slice agrees with the reference ${closely}`,
    whole: `the whole batch agrees with the reference ${closely}`,
    known: 'made of nothing that has not been checked',
    off: 'not checked',
    differs: 'not used: it differs from the reference',
  };
  return words[check];
}

const recomputedText = ({ recomputed }: CompiledEvent): string =>
  recomputed === undefined ? '' : `; gradient checkpointing adds ${(100 * recomputed).toFixed(0)}% computation`;

const endText = ({ best, stopped }: RunResult): string =>
  `${best ? `; the best step, ${best.step}, by ${best.metric}` : ''}${stopped ? `; stopped at step ${stopped.step}: ${stopped.reason}` : ''}`;

const metricsText = (metrics: Record<string, number>): string =>
  Object.entries(metrics)
    .map(([name, value]) => `  ${name} ${value.toPrecision(4)}`)
    .join('');

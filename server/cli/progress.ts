/** The progress of a run on one line that is rewritten, or as a few plain lines where that is not possible. */
import { count, duration, bytes as size } from '../base/units.ts';
import type {
  DecomposedEvent,
  EncodedEvent,
  EncodingEvent,
  PreparingEvent,
  RunEvent,
  StepEvent,
} from '../protocol/events.ts';
import { LiveLine } from './live-line.ts';
import { type Io, oneLine, plain } from './output.ts';

/** Milliseconds between repaints. */
const interval = 100;
/** Without a terminal: a line at every tenth of the way. */
const parts = 10;

export class Progress {
  private readonly io: Io;
  private totalSteps: number;
  private painted = 0;
  private readonly rewritten: LiveLine;
  private lastPart = 0;
  /** Of what comes before the steps, the tenth that was said last. */
  private readonly tenths = new Map<string, number>();
  /** Whether the cost of gradient checkpointing has been said. */
  private told = false;
  /** Rows are images, which have no tokens. */
  private images = false;
  /** Seconds per step, smoothed over some twenty steps. */
  private pace: number | undefined;
  /** Ranks in all matrices together, at the start and now, where a method takes some away. */
  private ranks: { first: number; now: number } | undefined;

  constructor(io: Io, totalSteps: number) {
    this.io = io;
    this.rewritten = new LiveLine(io);
    this.totalSteps = totalSteps;
  }

  /** What an event means for people; `step` events move the bar. */
  take(event: RunEvent): void {
    switch (event.event) {
      case 'calibrating':
        this.line(
          `measuring a step on ${event.candidates.map(({ backend }) => backend).join(', ')}, once for this machine and such recipes`,
        );
        break;
      case 'backend': {
        // Where there was nothing to choose between, nothing is said.
        const { backend, device, reason, timings } = event;
        if (timings || backend !== 'onnxruntime')
          this.line(plain(`${backend}${device ? ` (${device})` : ''}: ${reason}`));
        break;
      }
      case 'preparing':
        this.preparing(event);
        break;
      case 'decomposed':
        this.line(decomposed(event));
        break;
      case 'encoding':
        this.encoding(event);
        break;
      case 'encoded':
        this.images = event.tokens === 0;
        this.line(encoded(event));
        break;
      case 'started': {
        this.totalSteps = event.totalSteps;
        const { backend, provider, threads } = event.pinned;
        const share = ((100 * event.trainableParameters) / event.allParameters).toPrecision(3);
        this.line(
          `${count(event.totalSteps)} steps, ${count(event.trainableParameters)} trainable parameters (${share}%), ` +
            `${backend} on ${provider}, ${threads} threads`,
        );
        break;
      }
      case 'resumed':
        this.line(`resumed after step ${count(event.step)}`);
        break;
      case 'compiled':
        // Once is enough: it is the same for all lengths, or nearly.
        if (event.recomputed !== undefined && event.step === 0) this.checkpointing(event.recomputed);
        break;
      case 'ranks':
        this.ranks = { first: this.ranks?.first ?? event.budget, now: event.budget };
        break;
      case 'step':
        this.step(event);
        break;
      case 'evaluation':
        this.line(`step ${count(event.step)}  evaluation  loss ${event.loss.toFixed(4)}${metrics(event.metrics)}`);
        break;
      case 'best':
        this.line(`step ${count(event.step)}  best so far  ${event.metric} ${event.value.toPrecision(4)}`);
        break;
      case 'sample':
        this.line(`step ${count(event.step)}  sample  ${oneLine(event.prompt)} → ${oneLine(event.text)}`);
        break;
      case 'rung':
        this.line(`step ${count(event.step)}  waiting for the other points`);
        break;
      case 'warning':
        this.line(`${this.io.paint('yellow', `warning[${event.code}]`)}: ${plain(event.message)}`);
        break;
      default:
    }
  }

  private preparing({ done, total, remainingSeconds }: PreparingEvent): void {
    const left = remainingSeconds === undefined || done === total ? '' : `, about ${duration(remainingSeconds)} left`;
    const text = `decomposing weights for the start, once: ${count(done)} of ${count(total)}${left}`;
    this.portion('preparing', text, Math.floor((parts * done) / total), done >= total);
  }

  private encoding({ part, rows, bytes, totalBytes, remainingSeconds }: EncodingEvent): void {
    const done = bytes >= totalBytes;
    const left = remainingSeconds === undefined || done ? '' : `, about ${duration(remainingSeconds)} left`;
    const text = `encoding the ${part} data: ${count(rows)} rows, ${size(bytes)} of ${size(totalBytes)}${left}`;
    this.portion('encoding', text, Math.floor((parts * bytes) / Math.max(1, totalBytes)), done);
  }

  /** On a terminal one line that is rewritten, else a line at every tenth of the way. */
  private portion(of: string, text: string, tenth: number, done: boolean): void {
    if (this.io.live && !done) this.rewritten.show(text);
    else if (this.io.live || tenth !== this.tenths.get(of)) this.line(text);
    this.tenths.set(of, tenth);
  }

  private checkpointing(recomputed: number): void {
    if (this.told) return;
    this.told = true;
    this.line(`gradient checkpointing: ${(100 * recomputed).toFixed(0)}% more computation a step`);
  }

  /** Takes the bar away. */
  clear(): void {
    this.rewritten.clear();
  }

  /** A line above the bar. */
  line(text: string): void {
    this.clear();
    this.io.say(text);
  }

  private step(event: StepEvent): void {
    const pace = event.step_seconds;
    this.pace = this.pace === undefined ? pace : 0.9 * this.pace + 0.1 * pace;
    if (this.io.live) {
      const now = performance.now();
      if (now - this.painted < interval && event.step < this.totalSteps) return;
      this.painted = now;
      this.rewritten.showPainted(this.bar(event));
    } else {
      const part = Math.floor((parts * event.step) / Math.max(1, this.totalSteps));
      if (part === this.lastPart) return;
      this.lastPart = part;
      this.io.say(this.text(event).join('  '));
    }
  }

  private text({ step, loss, tokens_per_second, step_seconds }: StepEvent): string[] {
    const left = Math.max(0, this.totalSteps - step) * (this.pace ?? 0);
    return [
      `${count(step)}/${count(this.totalSteps)}`,
      `loss ${loss.toFixed(4)}`,
      ...(this.ranks ? [`ranks ${count(this.ranks.now)}/${count(this.ranks.first)}`] : []),
      this.images ? `${(1 / step_seconds).toPrecision(3)} steps/s` : `${count(tokens_per_second)} tokens/s`,
      `ETA ${duration(left)}`,
    ];
  }

  private bar(event: StepEvent): string {
    const text = this.text(event).join('  ');
    const fraction = this.totalSteps > 0 ? Math.min(1, event.step / this.totalSteps) : 0;
    const percent = `${Math.floor(100 * fraction)}%`.padStart(4);
    const width = Math.min(30, this.io.columns() - text.length - percent.length - 6);
    if (width < 5) return fitting([percent, ...this.text(event)], this.io.columns() - 1);
    const full = Math.round(width * fraction);
    const bar = this.io.paint('cyan', '█'.repeat(full)) + this.io.paint('dim', '░'.repeat(width - full));
    return `${bar} ${percent}  ${text}`;
  }
}

/** As many of the fields as there is room for, the first in any case. */
function fitting(fields: readonly string[], room: number): string {
  const kept = [...fields];
  while (kept.length > 1 && kept.join('  ').length > room) kept.pop();
  return kept.join('  ');
}

const metrics = (values: Record<string, number>): string =>
  Object.entries(values)
    .map(([name, value]) => `  ${plain(name)} ${value.toPrecision(4)}`)
    .join('');

/** "training data: 1,024 examples, 24 of them for validation, 81,920 tokens, packed into 160 rows, kept from an earlier run" */
function encoded({ part, examples, heldBack, tokens, packedRows, cached }: EncodedEvent): string {
  const held = heldBack === undefined ? '' : `, ${count(heldBack)} of them for validation`;
  const size = tokens === 0 ? '' : `, ${count(tokens)} tokens`;
  const packed = packedRows === undefined ? '' : `, packed into ${count(packedRows)} rows`;
  const from = cached ? ', kept from an earlier run' : '';
  return `${part} data: ${count(examples)} examples${held}${size}${packed}${from}`;
}

/** A truncated decomposition states its settings and its residual. */
function decomposed({ matrices, cached, residual, truncation, held }: DecomposedEvent): string {
  const form = held === undefined ? '' : `, as ${held} holds them`;
  const from = `${form}${cached === 0 ? '' : ` (${count(cached)} from the cache)`}`;
  const rest = `residual at most ${residual.toPrecision(2)}`;
  if (!truncation) return `${count(matrices)} weight matrices decomposed${from}: ${rest}`;
  const { rank, oversampling, iterations } = truncation;
  return `${count(matrices)} weight matrices decomposed to rank ${rank}${from}: oversampling ${oversampling}, ${iterations} iterations, ${rest}`;
}

/** Steps on their way to a page: as columns they take a tenth of what they take as objects, and nothing to read. */
import type { RunEvent, StepEvent } from './events.ts';

/** Consecutive `step` events, an entry each in every column. What is no number is NaN. */
export interface StepColumns {
  event: 'steps';
  steps: Float64Array;
  /** ms since 1970. */
  times: Float64Array;
  tokens: Float64Array;
  loss: Float32Array;
  learningRate: Float32Array;
  gradNorm: Float32Array;
  tokensPerSecond: Float32Array;
  memory: Float32Array;
  /** After the last of them. */
  epoch: number;
}

/** Fewer steps in a row stay events. */
const worthwhile = 16;

/** The same events in the same order, with the steps that follow each other as columns. */
export function withColumns(events: readonly RunEvent[]): (RunEvent | StepColumns)[] {
  const packed: (RunEvent | StepColumns)[] = [];
  let steps: StepEvent[] = [];
  const flush = () => {
    if (steps.length < worthwhile) packed.push(...steps);
    else packed.push(columnsOf(steps));
    steps = [];
  };
  for (const event of events) {
    if (event.event === 'step') steps.push(event);
    else {
      flush();
      packed.push(event);
    }
  }
  flush();
  return packed;
}

function columnsOf(steps: readonly StepEvent[]): StepColumns {
  const single = (key: keyof StepEvent) => Float32Array.from(steps, (step) => number(step[key]));
  const double = (key: keyof StepEvent) => Float64Array.from(steps, (step) => number(step[key]));
  return {
    event: 'steps',
    steps: double('step'),
    times: Float64Array.from(steps, ({ time }) => Date.parse(time)),
    tokens: double('tokens'),
    loss: single('loss'),
    learningRate: single('learning_rate'),
    gradNorm: single('grad_norm'),
    tokensPerSecond: single('tokens_per_second'),
    memory: single('memory_bytes'),
    epoch: steps.at(-1)!.epoch,
  };
}

/** JSON has no NaN or infinity: they arrive as null or as text. */
const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

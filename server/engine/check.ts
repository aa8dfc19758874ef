/** Compiled steps against the same step as it is written: every kind of node is compared once before its numbers are trusted. */
import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../base/errors.ts';
import { Executable } from './recorder/executable.ts';
import { structureOf } from './recorder/structure.ts';
import { eagerStep } from './step.ts';
import type { CompiledStep, StepCheck, StepFunction } from './types.ts';

/** Allowed difference, as a part of the result's largest number; float32 in another order of summation stays far below. */
const RELATIVE = 1e-3;
/** And as a part of the largest number of all results of its group: a gradient that is 0 but for rounding has no digits to compare. */
const OF_GROUP = 1e-5;

export interface CheckOutcome {
  /** `slice`: on a short input of the same structure; `whole`: on the first input itself; `known`: all its kinds of nodes were checked before. */
  on: 'slice' | 'whole' | 'known';
  /** Largest difference, as a part of the largest number of the result or its group. */
  difference: number;
}

/** Remembers what has been checked; one for all shapes of a step. */
export class Checker {
  private readonly fn: StepFunction;
  private readonly check: StepCheck;
  private readonly known = new Set<string>();

  constructor(fn: StepFunction, check: StepCheck) {
    this.fn = fn;
    this.check = check;
  }

  /**
   * Compares `executable`, or a small one of its structure, with the step as it is written.
   * @throws RankwiseError `step-differs`, which names the first output that does.
   */
  judge(executable: Executable, inputs: Record<string, tf.Tensor>): CheckOutcome | undefined {
    if (this.check.mode === 'off') return undefined;
    const whole = (): CheckOutcome => ({ on: 'whole', difference: compare(executable, this.fn, inputs) });
    if (this.check.mode === 'full') return whole();
    const structure = structureOf(executable.recorded.graph);
    if (this.isKnown(structure)) return { on: 'known', difference: 0 };
    const difference = this.checkSlice(executable, inputs);
    const outcome: CheckOutcome = this.isKnown(structure) ? { on: 'slice', difference } : whole();
    for (const kind of structure) this.known.add(kind);
    return outcome;
  }

  private isKnown(structure: ReadonlySet<string>): boolean {
    return [...structure].every((kind) => this.known.has(kind));
  }

  private checkSlice({ recorded }: Executable, inputs: Record<string, tf.Tensor>): number {
    const slice = this.check.slice(inputs);
    const attention = recorded.longAttention ? 'head' : undefined;
    const small = new Executable(this.fn, slice, { ...(attention && { attention }) });
    try {
      const difference = compare(small, this.fn, slice);
      for (const kind of structureOf(small.recorded.graph)) this.known.add(kind);
      return difference;
    } finally {
      small.dispose();
      for (const [name, tensor] of Object.entries(slice)) if (tensor !== inputs[name]) tensor.dispose();
    }
  }
}

/** The largest relative difference. */
function compare(compiled: CompiledStep, fn: StepFunction, inputs: Record<string, tf.Tensor>): number {
  const actual = compiled.run(inputs);
  const expected = eagerStep(fn).run(inputs);
  try {
    const groups = new Map<string, number>();
    for (const [name, tensor] of Object.entries(expected))
      groups.set(group(name), Math.max(groups.get(group(name)) ?? 0, largest(tensor.dataSync())));
    return Object.entries(expected).reduce((worst, [name, tensor]) => {
      const values = tensor.dataSync();
      const scale = Math.max(largest(values), (groups.get(group(name))! * OF_GROUP) / RELATIVE);
      return Math.max(worst, difference(name, actual[name]!.dataSync(), values, scale));
    }, 0);
  } finally {
    tf.dispose([actual, expected]);
  }
}

/** Gradients, named `grad:…`, are one group. */
const group = (name: string): string => name.split(':')[0]!;

const largest = (values: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
};

function difference(name: string, actual: ArrayLike<number>, expected: ArrayLike<number>, scale: number): number {
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(actual[i]! - expected[i]!);
    // Both not finite: the loop finds and names it.
    if (apart === 0 || (Number.isNaN(apart) && !Number.isFinite(expected[i]!) && !Number.isFinite(actual[i]!)))
      continue;
    if (!(apart <= RELATIVE * scale)) throw differs(name, i, actual[i]!, expected[i]!);
    worst = Math.max(worst, apart / scale);
  }
  return worst;
}

const differs = (name: string, index: number, actual: number, expected: number) =>
  new RankwiseError(
    'step-differs',
    `the compiled step gives ${actual.toPrecision(6)} for ${name}[${index}], the reference ${expected.toPrecision(6)}`,
    {
      kind: 'runtime',
      field: 'training.check',
      hint: 'This is a defect of Rankwise or of the native library on this machine: please report it.',
    },
  );

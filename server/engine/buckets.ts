import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../base/errors.ts';
import { Checker, type CheckOutcome } from './check.ts';
import { OnnxRuntimeBackend } from './onnxruntime/backend.ts';
import { Executable } from './recorder/executable.ts';
import { record } from './recorder/record.ts';
import { compileStep, eagerStep } from './step.ts';
import type { CompiledStep, StepCheck, StepFunction } from './types.ts';

/** Compiled shapes that are kept; batches come in few padded lengths. */
const CAPACITY = 12;
/** Where each of them has weights of its own on the device. */
const CAPACITY_WITH_WEIGHTS = 2;

/** Whether compiled steps of a model hold its frozen weights together; false where each has a copy on the device. */
export function stepsShareWeights(): boolean {
  const backend = tf.backend();
  return !(backend instanceof OnnxRuntimeBackend) || backend.runner?.sharesWeights !== false;
}

const usualCapacity = (): number => (stepsShareWeights() ? CAPACITY : CAPACITY_WITH_WEIGHTS);

/** What is told of each shape that has been compiled; nothing where the backend runs steps as they are written. */
export interface Compilation {
  /** Nodes of the graph. */
  nodes: number;
  seconds: number;
  /** Floating-point operations of its matrix products in one run. */
  flops: number;
  /** With a baseline: how many more than that has, as a part of them; of the first shape, for it is nearly the same for all. */
  overhead?: number;
  check?: CheckOutcome;
  /** The check failed: this step runs as it is written from now on, slower and right. */
  fault?: RankwiseError;
}

export interface BucketOptions {
  check?: StepCheck;
  capacity?: number;
  /** The same step without what costs more, for `overhead`. It is recorded, not run. */
  baseline?: StepFunction;
  compiled?(compilation: Compilation): void;
}

/**
 * A step for inputs of any shape: compiled for each combination of shapes when it first comes, the least recently used one let go
 * when there are too many. With `check`, a compiled step that differs from the step as it is written is not used: `compiled` is told.
 */
export function bucketedStep(fn: StepFunction, options: BucketOptions = {}): CompiledStep {
  const { check, capacity = usualCapacity(), baseline, compiled } = options;
  const checker = check && new Checker(fn, check);
  const buckets = new Map<string, CompiledStep>();
  let fault: RankwiseError | undefined;
  /** Until it has been compared. */
  let uncompared = baseline;

  const make = (inputs: Record<string, tf.Tensor>): CompiledStep => {
    if (fault) return eagerStep(fn);
    const began = performance.now();
    const step = compileStep(fn, inputs);
    if (!(step instanceof Executable)) return step;
    const { flops, graph } = step.recorded;
    const told = () => {
      const seconds = (performance.now() - began) / 1000;
      const overhead = uncompared && { overhead: flops / flopsOf(uncompared, inputs) - 1 };
      uncompared = undefined;
      return { nodes: graph.nodes.length, seconds, flops, ...overhead };
    };
    try {
      const outcome = checker?.judge(step, inputs);
      compiled?.({ ...told(), ...(outcome && { check: outcome }) });
      return step;
    } catch (error) {
      step.dispose();
      if (!(error instanceof RankwiseError && error.code === 'step-differs')) throw error;
      fault = error;
      compiled?.({ ...told(), fault });
      return eagerStep(fn);
    }
  };

  return {
    run(inputs) {
      const key = shapesOf(inputs);
      const step = buckets.get(key) ?? make(inputs);
      buckets.delete(key);
      buckets.set(key, step);
      if (buckets.size > capacity) {
        const [oldest, unused] = buckets.entries().next().value!;
        buckets.delete(oldest);
        unused.dispose();
      }
      return step.run(inputs);
    },
    dispose() {
      for (const step of buckets.values()) step.dispose();
      buckets.clear();
    },
  };
}

function flopsOf(fn: StepFunction, inputs: Record<string, tf.Tensor>): number {
  const recorded = record(fn, inputs);
  recorded.release();
  return recorded.flops;
}

const shapesOf = (inputs: Record<string, tf.Tensor>): string =>
  Object.entries(inputs)
    .map(([name, { shape, dtype }]) => `${name}:${dtype}[${shape}]`)
    .join();

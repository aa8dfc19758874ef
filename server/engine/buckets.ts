import type { Tensor } from '@tensorflow/tfjs-core';
import { compileStep } from './step.ts';
import type { CompiledStep, StepFunction } from './types.ts';

/** Compiled shapes that are kept; batches come in few padded lengths. */
const CAPACITY = 12;

/**
 * A step for inputs of any shape: compiled for each combination of shapes when it first comes, the least recently used one let go
 * when there are too many.
 */
export function bucketedStep(fn: StepFunction, capacity = CAPACITY): CompiledStep {
  const buckets = new Map<string, CompiledStep>();
  return {
    run(inputs) {
      const key = shapesOf(inputs);
      const step = buckets.get(key) ?? compileStep(fn, inputs);
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

const shapesOf = (inputs: Record<string, Tensor>): string =>
  Object.entries(inputs)
    .map(([name, { shape, dtype }]) => `${name}:${dtype}[${shape}]`)
    .join();

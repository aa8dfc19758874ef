import type { DataType } from '@tensorflow/tfjs-core';
import { RankwiseError } from '../../base/errors.ts';

/** A step that asks for what only an executed graph has. */
export const impure = (what: string, instead: string): RankwiseError =>
  new RankwiseError('impure-step', `a step ${what}`, {
    kind: 'runtime',
    hint: `This is a defect in Rankwise: ${instead}`,
  });

/**
 * tfjs's record of a tensor that is a value of the graph under construction. `shape` may be smaller than the tensor's: it then
 * broadcasts to it, and only what needs the whole tensor pays for stretching.
 */
export class SymbolicData {
  refCount = 1;
  readonly value: string;
  readonly shape: readonly number[];
  readonly dtype: DataType;

  constructor(value: string, shape: readonly number[], dtype: DataType) {
    this.value = value;
    this.shape = shape;
    this.dtype = dtype;
  }

  /** What every kernel that computes looks at. */
  get values(): never {
    throw impure('reads a value back', 'what a step decides by a value must come in as an input of the step.');
  }
}

import { decodeWeight, formatOf } from './formats.ts';
import type { FrozenWeight } from './types.ts';

/**
 * tfjs's record of a frozen weight: float32 for every kernel that asks, decoded then and not kept, so that eager use never holds the whole
 * model as float32. (Not in a WeakRef either: what one refers to lives until the event loop turns, and a step is one turn.) Graphs
 * read the weight itself.
 */
export class WeightData {
  refCount = 1;
  readonly dtype = 'float32';
  readonly weight: FrozenWeight;

  constructor(weight: FrozenWeight) {
    this.weight = weight;
  }

  get values(): Float32Array {
    const { dtype, parts } = this.weight;
    const held = parts.values?.data;
    return dtype === 'float32' && held instanceof Float32Array ? held : decodeWeight(this.weight);
  }

  /** The values from `start` on, without those before and after. */
  read(start: number, into: Float32Array): void {
    formatOf(this.weight).decode(this.weight, start, into);
  }
}

import { decodeWeight, formatOf } from './formats.ts';
import type { FrozenWeight } from './types.ts';

/**
 * tfjs's record of a frozen weight: float32 for every kernel that asks, decoded then and kept only until memory is needed, so that eager
 * use never holds the whole model as float32. Graphs read the weight itself.
 */
export class WeightData {
  refCount = 1;
  readonly dtype = 'float32';
  readonly weight: FrozenWeight;
  private decoded: WeakRef<Float32Array> | undefined;

  constructor(weight: FrozenWeight) {
    this.weight = weight;
  }

  get values(): Float32Array {
    const { dtype, parts, shape } = this.weight;
    const held = parts.values?.data;
    if (dtype === 'float32' && held instanceof Float32Array) return held;
    const values = this.decoded?.deref() ?? decodeWeight({ dtype, parts, shape });
    this.decoded = new WeakRef(values);
    return values;
  }

  /** The values from `start` on, without those before and after. */
  read(start: number, into: Float32Array): void {
    formatOf(this.weight).decode(this.weight, start, into);
  }
}

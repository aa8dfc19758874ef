/** The singular values of one matrix. They stay as they came until someone looks: decoded, measured and summed up once each. */
import type { SpectrumMatrix, SpectrumValues } from '../../server/protocol/spectrum.ts';
import { cumulativeEnergy, type Measures, measures, quantile } from '../../server/spectrum/measures.ts';
import { decodeFloats } from './decode.ts';

/** Columns of the map layer × quantile. */
export const quantileColumns = 64;

export class Spectrum {
  readonly matrix: SpectrumMatrix;
  readonly residual: number;
  private encoded: string | undefined;
  private decoded: Float32Array | undefined;
  private measured: Measures | undefined;
  private energy: Float64Array | undefined;
  private quantileRow: Float32Array | undefined;

  constructor(matrix: SpectrumMatrix, { values, residual }: Pick<SpectrumValues, 'values' | 'residual'>) {
    this.matrix = matrix;
    this.encoded = values;
    this.residual = residual;
  }

  /** Its measures are there: what is drawn for many matrices at once looks at such only. */
  get ready(): boolean {
    return this.measured !== undefined;
  }

  /** σ₁ ≥ σ₂ ≥ … */
  get values(): Float32Array {
    if (!this.decoded) {
      this.decoded = decodeFloats(this.encoded!);
      this.encoded = undefined;
    }
    return this.decoded;
  }

  get measures(): Measures {
    this.measured ??= measures(this.values, this.matrix.shape);
    return this.measured;
  }

  /** Energy in the first r values, r = 0 … k. */
  get cumulative(): Float64Array {
    this.energy ??= cumulativeEnergy(this.values);
    return this.energy;
  }

  energyAt(rank: number): number {
    return this.cumulative[Math.min(rank, this.cumulative.length - 1)]!;
  }

  /** The smallest rank that holds this share of the energy, as `rankForEnergy` of the measures gives it. */
  rankFor(share: number): number {
    const { cumulative } = this;
    if (cumulative.at(-1) === 0) return 0;
    let [low, high] = [0, cumulative.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! >= share) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The value at `quantileColumns` places, from the largest to the smallest. */
  get quantiles(): Float32Array {
    this.quantileRow ??= Float32Array.from({ length: quantileColumns }, (_, i) =>
      quantile(this.values, 1 - (i + 0.5) / quantileColumns),
    );
    return this.quantileRow;
  }
}

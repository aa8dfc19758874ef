/** How far a spectrum is, and how long the rest will take. */
import type { SpectrumItem } from '../../protocol/spectrum.ts';

/** Milliseconds between items. */
const interval = 100;

export class Progress {
  private readonly width: number;
  private readonly total: number;
  private readonly emit: (item: SpectrumItem) => void;
  private done = 0;
  private left: number;
  private computed = { cost: 0, seconds: 0 };
  private told = Number.NEGATIVE_INFINITY;

  /** `costs`: of each matrix, in any unit. `width`: matrices under way at once, those that wait for a lane included, as their seconds do. */
  constructor(costs: readonly number[], width: number, emit: (item: SpectrumItem) => void) {
    this.total = costs.length;
    this.width = Math.max(1, Math.min(width, costs.length));
    this.left = costs.reduce((sum, cost) => sum + cost, 0);
    this.emit = emit;
  }

  /** A decomposition that was computed: those from the cache say nothing about the rest. */
  took(cost: number, seconds: number): void {
    this.computed.cost += cost;
    this.computed.seconds += seconds;
  }

  /** A matrix of this cost is behind us. */
  next(cost: number, now = performance.now()): void {
    this.done++;
    this.left -= cost;
    if (this.done < this.total && now - this.told < interval) return;
    this.told = now;
    const { cost: known, seconds } = this.computed;
    const remaining = known > 0 ? (Math.max(0, this.left) * seconds) / known / this.width : undefined;
    this.emit({
      type: 'progress',
      done: this.done,
      total: this.total,
      ...(remaining !== undefined && { remainingSeconds: remaining }),
    });
  }
}

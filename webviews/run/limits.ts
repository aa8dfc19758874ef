/** The vertical range that lines need. Pure. */
import type { Range } from '../shared/axes.ts';
import type { Line } from './lines.ts';
import type { XRange } from './range.ts';

export interface Limits extends Range {
  /** A logarithmic axis leaves some values out. */
  leavesOut: boolean;
}

/** Of what is within the range; 0 … 1 without any. A logarithmic axis takes values above 0 alone. */
export function limitsOf(lines: readonly Line[], { from, to }: XRange, logarithmic: boolean): Limits {
  const limits = { min: Infinity, max: -Infinity, leavesOut: false };
  const take = (inside: boolean) => {
    for (const { x, y } of lines)
      for (let i = 0; i < x.length; i++) {
        const value = y[i]!;
        if (!Number.isFinite(value) || (inside && (x[i]! < from || x[i]! > to))) continue;
        if (logarithmic && value <= 0) {
          limits.leavesOut = true;
          continue;
        }
        if (value < limits.min) limits.min = value;
        if (value > limits.max) limits.max = value;
      }
  };
  take(true);
  // Only a line across, from a point before the range to one behind it.
  if (limits.min > limits.max) take(false);
  if (limits.min > limits.max) return { min: logarithmic ? 0.1 : 0, max: 1, leavesOut: limits.leavesOut };
  if (limits.min < limits.max) return limits;
  // A constant is drawn in the middle.
  const { min } = limits;
  const room = Math.abs(min) * 0.1 || 1;
  return logarithmic ? { ...limits, min: min / 2, max: min * 2 } : { ...limits, min: min - room, max: min + room };
}

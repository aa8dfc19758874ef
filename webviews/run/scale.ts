/** Axes of a plot: what they span, where their ticks are, and from values to pixels and back. Pure. */
import { decades, type Range, roundStep } from '../../server/base/ticks.ts';
import type { XAxis } from '../../server/protocol/webview.ts';
import type { XRange } from './range.ts';

/** What an axis spans, and its ticks. */
export interface Axis extends Range {
  logarithmic: boolean;
  ticks: number[];
}

/** An axis on the page: `start` is the pixel of `min`, `end` that of `max`. */
export interface Scale extends Axis {
  start: number;
  end: number;
}

/** Values to pixels; what a logarithmic axis does not have is NaN. */
export function placesOn({ min, max, logarithmic, start, end }: Scale): (value: number) => number {
  if (!logarithmic) {
    const times = (end - start) / (max - min || 1);
    return (value) => start + (value - min) * times;
  }
  const low = Math.log10(min);
  const times = (end - start) / (Math.log10(max) - low || 1);
  return (value) => (value > 0 ? start + (Math.log10(value) - low) * times : Number.NaN);
}

/** The value at a pixel of a linear axis. */
export const valueAt = ({ min, max, start, end }: Scale, pixel: number): number =>
  min + ((pixel - start) / (end - start || 1)) * (max - min);

/** Seconds between ticks that clocks know. */
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Ticks at round places only, as many as have room: the ends of a zoomed range are none. @param width CSS pixels. */
export function horizontalAxis({ from, to }: XRange, kind: XAxis, width: number): Axis {
  const least = (to - from) / Math.max(2, Math.min(8, Math.floor(width / 90)));
  // Never less than 1: nothing is between two steps.
  const step =
    (kind === 'time' && timeSteps.find((each) => each >= least)) || Math.max(1, roundStep(least * 0.999_999));
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9) || 0; i * step <= to + step * 1e-9; i++) ticks.push(i * step);
  return { min: from, max: to, logarithmic: false, ticks };
}

export interface VerticalOptions {
  logarithmic: boolean;
  /** For what has no meaning below 0. */
  fromZero: boolean;
  /** Ticks at round numbers of bytes: multiples of a power of two. */
  binary: boolean;
  /** CSS pixels: ticks are as many as have room. */
  height: number;
}

/** @param limits of what is shown. */
export function verticalAxis(limits: Range, { logarithmic, fromZero, binary, height }: VerticalOptions): Axis {
  if (logarithmic) {
    const ticks = decades(limits, 5);
    // Within less than an octave no power of ten may stand: the ends are better than nothing.
    return { ...limits, logarithmic, ticks: ticks.length > 1 ? ticks : [limits.min, limits.max] };
  }
  if (binary) {
    const step = 2 ** Math.max(0, Math.ceil(Math.log2(limits.max / 3)));
    const count = Math.max(1, Math.ceil(limits.max / step));
    return { min: 0, max: count * step, logarithmic, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) };
  }
  const air = (limits.max - limits.min) * 0.04;
  // No air below 0 for what is never below it.
  const low = fromZero ? 0 : limits.min < 0 ? limits.min - air : Math.max(0, limits.min - air);
  const high = Math.max(limits.max + air, low + Number.MIN_VALUE);
  const most = Math.max(2, Math.min(fromZero ? 3 : 5, Math.floor(height / 40)));
  const step = roundStep((high - low) / most) || high - low;
  const first = Math.floor(low / step + 1e-9);
  const count = Math.max(1, Math.ceil(high / step - 1e-9) - first);
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { min: ticks[0]!, max: ticks.at(-1)!, logarithmic, ticks };
}

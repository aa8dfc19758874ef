/** Colours of values and of matrices. */
import type { Theme } from '../shared/theme.ts';

const channels = (hexes: string) =>
  hexes.split(' ').map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));

/** Viridis (van der Walt and Smith 2015): even steps to the eye, and readable without colour vision. */
const onDark = channels('440154 482878 3e4a89 31688e 26828e 1f9e89 35b779 6dcd59 b4de2c fde725');
/** YlGnBu (Brewer 2003), for paper and light themes: nothing is pale, much is dark. */
const onLight = channels('ffffd9 edf8b1 c7e9b4 7fcdbb 41b6c4 1d91c0 225ea8 253494 081d58');

type Rgb = readonly [number, number, number];

/** @param share 0 … 1. High values stand out from the background: bright on dark, dark on light. */
export function ramp(share: number, dark: boolean): Rgb {
  const anchors = dark ? onDark : onLight;
  const at = Math.min(1, Math.max(0, share)) * (anchors.length - 1);
  const i = Math.min(anchors.length - 2, Math.floor(at));
  const mix = (channel: number) =>
    Math.round(anchors[i]![channel]! + (anchors[i + 1]![channel]! - anchors[i]![channel]!) * (at - i));
  return [mix(0), mix(1), mix(2)];
}

export const css = ([r, g, b]: Rgb): string => `rgb(${r}, ${g}, ${b})`;

/** Black or white, whichever reads better on a colour (relative luminance of WCAG 2). */
export function inkOn(colour: Rgb): string {
  const [r, g, b] = colour.map((part) => (part / 255) ** 2.2);
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b! > 0.179 ? '#000000' : '#ffffff';
}

/** Where a value stands between the ends of a scale, 0 … 1; NaN where it has no place. */
export interface ColourScale {
  low: number;
  high: number;
  logarithmic: boolean;
}

/** The scale of finite values; logarithmic only where all that count are positive. */
export function scaleOf(values: Iterable<number>, logarithmic: boolean): ColourScale | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value) || (logarithmic && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high, logarithmic } : undefined;
}

export function placeOn({ low, high, logarithmic }: ColourScale, value: number): number {
  if (Number.isNaN(value)) return Number.NaN;
  if (high === low) return 0.5;
  if (!logarithmic) return Math.min(1, (value - low) / (high - low));
  return value <= 0 ? 0 : Math.max(0, Math.min(1, Math.log(value / low) / Math.log(high / low)));
}

/** Colours of `count` matrices: distinct ones while there are few, a ramp in their order when there are many. */
export function matrixColours(count: number, distinct: readonly string[], dark: boolean): string[] {
  if (count <= distinct.length) return distinct.slice(0, count);
  return Array.from({ length: count }, (_, i) => css(ramp(0.3 + (0.7 * i) / (count - 1), dark)));
}

/** Dashes of the sets of curves, in their order. */
export const dashes: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [9, 3, 2, 3]];

export interface SpectrumTheme extends Theme {
  /** The background is dark. */
  dark: boolean;
  background: string;
  surface: string;
  /** Of the rank cursor, and of what the recipe cuts. */
  cursor: string;
  cut: string;
  /** Of single matrices. */
  lines: string[];
}

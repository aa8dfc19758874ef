/** Colours of matrices. */
import { css, ramp } from '../shared/ramps.ts';
import type { Theme } from '../shared/theme.ts';

/** Colours of `count` matrices: distinct ones while there are few, a ramp in their order when there are many. */
export function matrixColours(count: number, distinct: readonly string[], dark: boolean): string[] {
  if (count <= distinct.length) return distinct.slice(0, count);
  return Array.from({ length: count }, (_, i) => css(ramp(0.3 + (0.7 * i) / (count - 1), dark)));
}

/** Dashes of the sets of curves, in their order. */
export const dashes: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [9, 3, 2, 3]];

export interface SpectrumTheme extends Theme {
  surface: string;
  /** Of the rank cursor, and of what the recipe cuts. */
  cursor: string;
  cut: string;
}

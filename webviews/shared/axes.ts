/** What the axes of all charts look like. */
import type { Scale } from 'chart.js';
import type { Theme } from './theme.ts';

export interface TickStyle {
  color: string;
  font: { family: string; size: number };
  padding: number;
}

export const tickStyle = ({ muted, font, fontSize }: Theme): TickStyle => ({
  color: muted,
  font: { family: font, size: fontSize },
  padding: 6,
});

/** The end of the data is a tick of its own; where it stands closer than the others it would only cover its neighbour. */
export function dropOddTick(axis: Scale): void {
  const [first, second] = axis.ticks;
  const [before, last] = axis.ticks.slice(-2);
  if (axis.ticks.length > 2 && last!.value - before!.value < second!.value - first!.value) axis.ticks.pop();
}

export interface Range {
  min: number;
  max: number;
}

/** Ticks of a logarithmic axis: whole powers of ten, at most about `most` of them; between them 2 and 5 where there are few. */
export function decades({ min, max }: Range, most = Number.POSITIVE_INFINITY): number[] {
  const ticks: number[] = [];
  const span = Math.log10(max / min);
  const factors = span < 2.2 ? [1, 2, 5] : [1];
  const skip = Math.max(1, Math.ceil(span / most));
  for (let exponent = Math.floor(Math.log10(min)); exponent <= Math.ceil(Math.log10(max)); exponent++)
    if (exponent % skip === 0)
      for (const times of factors) {
        const value = Number(`${times}e${exponent}`);
        if (value >= min * 0.9999 && value <= max * 1.0001) ticks.push(value);
      }
  return ticks;
}

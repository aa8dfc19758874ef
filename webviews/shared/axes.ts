/** What the axes of all charts look like. */
import type { Scale } from 'chart.js';
import type { Theme } from './theme.ts';

export { decades, type Range } from '../../server/base/ticks.ts';

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

/** What the axes of all charts that Chart.js draws look like. */
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

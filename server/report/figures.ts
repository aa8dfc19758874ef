/** Numbers of comparisons as people read them. Pure. */
import { figure } from '../base/units.ts';
import type { Spread } from './groups.ts';

/** "0.9412 ± 0.0031": the deviation to two digits, the mean as far as that says something. */
export function spreadText(spread: Spread | undefined): string {
  if (!spread) return '–';
  const { mean, deviation } = spread;
  if (deviation === undefined) return figure(mean);
  if (deviation === 0) return `${figure(mean)} ± 0`;
  const size = Math.abs(mean);
  if (size < 1e-3 || size >= 1e6 || deviation < 1e-5 * size) return `${figure(mean)} ± ${deviation.toExponential(1)}`;
  const decimals = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(deviation))));
  return `${mean.toFixed(decimals)} ± ${deviation.toFixed(decimals)}`;
}

export const orDash = (value: number | undefined, text: (value: number) => string): string =>
  value === undefined ? '–' : text(value);

/** "validation loss"; metrics are called as the recipe calls them. */
export const metricName = (metric: string): string => (metric === 'loss' ? 'validation loss' : metric);

/** Numbers as the panel and its axes write them. */
import { bytes, count, duration, figure, percent, shortDuration } from '../../server/base/units.ts';

export { figure };

/** Like `figure`, for the round numbers on an axis: 0.002 is 2e-3 there, beside 5e-4. */
export function tick(value: number): string {
  return value !== 0 && Math.abs(value) < 0.01 ? Number(value.toPrecision(3)).toExponential() : figure(value);
}

/** A share in percent; only all of it is 100%. */
export function share(value: number): string {
  const text = percent(value);
  return value < 1 && text === '100%' ? '>99.9%' : text;
}

export const throughput = (value: number | undefined): string =>
  value !== undefined && value >= 100 ? count(value) : figure(value);
export const memory = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '–' : bytes(value);
/** "120 ms", "1.25 s", "2 m 05 s". */
export const seconds = (value: number): string =>
  value === 0 ? '0 s' : value < 60 ? shortDuration(value) : duration(value);

/** Numbers that stand below each other: zeros at the end stay, so that columns line up and none looks less exact than its neighbour. */
import { count } from '../../server/base/units.ts';
import { figure } from '../shared/figures.ts';

/** Three significant digits: "13.0" beside "17.4". */
export const three = (value: number): string => padded(value, 3);

/** Four: "3.580" beside "3.465". */
export const four = (value: number): string => padded(value, 4);

/** A share with one decimal: "23.0%"; below a tenth of a percent with one digit. Only all of it is 100.0%. */
export function cellShare(value: number): string {
  if (value === 0) return '0.0%';
  if (value < 0.001) return value < 1e-6 ? '<0.0001%' : `${Number((100 * value).toPrecision(1))}%`;
  return value > 0.9995 && value < 1 ? '>99.9%' : `${(100 * value).toFixed(1)}%`;
}

function padded(value: number, digits: number): string {
  const size = Math.abs(value);
  if (!(size >= 1e-3 && Number.isFinite(size))) return figure(value);
  return size < 10 ** (digits - 1) ? value.toPrecision(digits) : count(value);
}

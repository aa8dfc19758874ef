/** Numbers on logarithmic axes. */
import { figure } from '../shared/figures.ts';

const raised: Record<string, string> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};

/** 10⁻⁵, 2·10⁻⁴; in plain notation from 0.001 to 10,000. */
export function power(value: number): string {
  if (value >= 1e-3 && value < 1e5) return figure(value);
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const factor = Number((value / 10 ** exponent).toPrecision(2));
  const ten = `10${[...String(exponent)].map((sign) => raised[sign]).join('')}`;
  return factor === 1 ? ten : `${factor}·${ten}`;
}

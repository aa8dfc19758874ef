/** Budgets: 100000, 100k, 1.5M, 8GiB, 5%, 2h. k = 10³, M = 10⁶, B = 10⁹; KiB = 2¹⁰, KB = 10³ bytes and so on; times in seconds. */
import type { Quantity } from './types.ts';

const units = {
  parameters: { k: 1e3, K: 1e3, M: 1e6, B: 1e9 },
  bytes: {
    B: 1,
    KB: 1e3,
    kB: 1e3,
    MB: 1e6,
    GB: 1e9,
    TB: 1e12,
    KiB: 2 ** 10,
    MiB: 2 ** 20,
    GiB: 2 ** 30,
    TiB: 2 ** 40,
  },
  time: { s: 1, m: 60, min: 60, h: 3600, d: 86400 },
} as const;

export const quantityExamples = {
  parameters: 'a number, `100k`, `1.5M`, or a percent such as `0.1%`',
  bytes: '`8GiB`, `500MB`, a number of bytes, or a percent such as `50%`',
  time: 'a time with its unit, such as `2h`, `90m` or `1.5h`',
} as const;

/**
 * Undefined when the value is no quantity of that unit. Absolute ones are whole numbers (rounded down), never negative; a time has a unit, no percent,
 * and is a second at least.
 */
export function parseQuantity(value: unknown, unit: keyof typeof quantityExamples): Quantity | undefined {
  if (unit === 'time' && !(typeof value === 'string' && /[a-z]\s*$/.test(value))) return undefined;
  const quantity = parsed(value, unit);
  return unit === 'time' && quantity && 'absolute' in quantity && quantity.absolute === 0 ? undefined : quantity;
}

function parsed(value: unknown, unit: keyof typeof quantityExamples): Quantity | undefined {
  if (typeof value === 'number') return absolute(value);
  if (typeof value !== 'string') return undefined;
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+|%)?\s*$/.exec(value.slice(0, 40));
  if (!match) return undefined;
  const number = Number(match[1]);
  if (match[2] === undefined) return absolute(number);
  if (match[2] === '%') return number > 0 && number <= 100 ? { percent: number } : undefined;
  const factor = (units[unit] as Record<string, number>)[match[2]];
  return factor === undefined ? undefined : absolute(number * factor);
}

function absolute(value: number): Quantity | undefined {
  const whole = Math.floor(value + 1e-6);
  return value >= 0 && Number.isSafeInteger(whole) ? { absolute: whole } : undefined;
}

/** The inverse: parseQuantity(quantityText(q)) equals q. */
export const quantityText = (q: Quantity): number | string => ('percent' in q ? `${plain(q.percent)}%` : q.absolute);

/** Without an exponent, which the format lacks. */
const plain = (x: number): string => (x < 1e-6 ? x.toFixed(20).replace(/0+$/, '') : String(x));

/** Values of Parquet and Arrow as JSON has them; bytes stay bytes. */
import { RankwiseError } from '../base/errors.ts';
import { place } from './place.ts';
import type { Row } from './types.ts';

/**
 * `exact`: a 64-bit integer that a number cannot hold throws `wrong-type` with the cell; otherwise it becomes its digits. Times become ISO
 * texts, typed arrays of numbers arrays.
 */
export function plainValue(value: unknown, at: Pick<Row, 'file' | 'line'>, column: string, exact: boolean): unknown {
  if (typeof value === 'bigint') return number(value, at, column, exact);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return plainList(value as unknown as Iterable<unknown>, at, column, exact);
  if (Array.isArray(value)) return plainList(value, at, column, exact);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, plainValue(inner, at, column, exact)] as const),
  );
}

const plainList = (values: Iterable<unknown>, at: Pick<Row, 'file' | 'line'>, column: string, exact: boolean) =>
  Array.from(values, (inner) => plainValue(inner, at, column, exact));

function number(value: bigint, at: Pick<Row, 'file' | 'line'>, column: string, exact: boolean): number | string {
  const near = Number(value);
  if (Number.isSafeInteger(near)) return near;
  if (!exact) return String(value);
  throw new RankwiseError(
    'wrong-type',
    `${place(at)}: "${column}" is ${value}, beyond the integers that are exact here.`,
    {
      file: at.file,
      field: column,
      hint: 'Write such numbers as text: ±9007199254740991 are the last ones.',
    },
  );
}

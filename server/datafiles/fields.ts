import { RankwiseError } from '../base/errors.ts';
import { missingColumn } from './layouts.ts';
import { place } from './place.ts';
import type { Row } from './types.ts';

/** A row seen by roles, with typed access; every fault names file, line and column. */
export class Fields {
  readonly row: Row;
  private readonly columns: Record<string, string>;

  constructor(row: Row, columns: Record<string, string>) {
    this.row = row;
    this.columns = columns;
  }

  column(role: string): string {
    return this.columns[role] ?? role;
  }

  has(role: string): boolean {
    const column = this.columns[role];
    return column !== undefined && this.row.values[column] != null;
  }

  /** The value as it stands in the file; throws `missing-column` when the row lacks it. */
  value(role: string): unknown {
    const column = this.columns[role] ?? role;
    const value = this.row.values[column];
    if (value === undefined)
      throw missingColumn(role, column, Object.keys(this.row.values), this.row.file, this.row.line);
    return value;
  }

  text(role: string): string {
    const value = this.value(role);
    if (typeof value !== 'string') throw this.wrong(role, 'a text', value);
    return value;
  }

  /** A list; csv holds it as JSON text: "[1, 2, 3]". `wanted`: what it is, for the message. */
  list(role: string, wanted: string): unknown[] {
    const value = this.value(role);
    const list = typeof value === 'string' ? parsed(value) : value;
    if (!Array.isArray(list)) throw this.wrong(role, wanted, value);
    return list;
  }

  integers(role: string): Int32Array {
    const list = this.list(role, 'a list of integers');
    if (!list.every(isInt32)) throw this.wrong(role, 'a list of integers', this.value(role));
    return Int32Array.from(list);
  }

  wrong(role: string, wanted: string, value: unknown): RankwiseError {
    const { file } = this.row;
    const column = this.columns[role] ?? role;
    const found = shown(value);
    return new RankwiseError('wrong-type', `${place(this.row)}: "${column}" must be ${wanted}, not ${found}.`, {
      file,
      field: column,
    });
  }
}

/** Whether prompt or completion is a list of messages. */
export const hasTurns = (row: Fields): boolean => [row.value('prompt'), row.value('completion')].some(Array.isArray);

/** Bytes are no JSON that anybody reads. */
const shown = (value: unknown): string =>
  value instanceof Uint8Array ? `${value.length} bytes` : JSON.stringify(value).slice(0, 60);

const isInt32 = (x: unknown): x is number => typeof x === 'number' && (x | 0) === x;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Arrow files, streaming or file format, one record batch at a time: what `datasets` keeps on disk. */
import type { Table } from '@uwdata/flechette';
import { RankwiseError } from '../base/errors.ts';
import { checkBatch } from './arrow-check.ts';
import { arrowLibrary } from './arrow-library.ts';
import { arrowMessages, badArrow, type Message } from './arrow-messages.ts';
import { RandomAccess } from './disk.ts';
import { classNamesIn } from './features.ts';
import type { Declared, ReadOptions, Row } from './types.ts';
import { plainValue } from './values.ts';

/** Throws `bad-arrow`, `wrong-type` (see `plainValue`). */
export async function* readArrow(file: string, { limit, columns }: ReadOptions): AsyncGenerator<Row> {
  const access = await RandomAccess.open(file);
  try {
    /** The schema and the dictionaries so far: a batch is read with them. */
    const before: Uint8Array[] = [];
    let line = 1;
    let left = limit?.bytes ?? Number.POSITIVE_INFINITY;
    for await (const message of arrowMessages(access)) {
      left -= message.size;
      if (limit && left < 0) {
        limit.reached = true;
        return;
      }
      const bytes = await message.read();
      if (message.kind !== 'batch') before.push(bytes);
      else {
        checkRows(file, message);
        const table = await tableOf(file, message, [...before, bytes]);
        for (const values of rowsOf(file, message, table, columns, line, limit === undefined))
          yield { file, line: line++, values };
      }
    }
    if (before.length === 0) throw badArrow(file, 'it has no schema');
  } finally {
    await access.close();
  }
}

export async function declaredByArrow(file: string): Promise<Declared> {
  const access = await RandomAccess.open(file);
  try {
    for await (const message of arrowMessages(access)) {
      const { schema } = await tableOf(file, message, [await message.read()]);
      const columns = schema.fields.map(({ name }) => name);
      return { columns, labelNames: classNamesIn(schema.metadata?.get('huggingface')) };
    }
    throw badArrow(file, 'it has no schema');
  } finally {
    await access.close();
  }
}

/** A batch whose rows have no bytes (nothing but null) is as long as it says; others are bounded by their bits. */
const freeRows = 1 << 20;

function checkRows(file: string, { name, rows, size }: Message): void {
  if (rows > Math.max(freeRows, size * 8 * 256)) throw badArrow(file, `${name}: ${rows} rows in ${size} bytes`);
}

async function tableOf(file: string, { name, rows }: Message, messages: Uint8Array[]): Promise<Table> {
  const { tableFromIPC } = await arrowLibrary();
  try {
    const table = tableFromIPC(messages, { useDate: true, useBigInt: true });
    for (const { data } of table.children) for (const batch of data) checkBatch(batch, rows);
    if (table.schema.endianness !== 0) throw new Error('its numbers are big-endian');
    return table;
  } catch (cause) {
    throw badArrow(file, `${name} cannot be decoded (${(cause as Error).message})`, cause);
  }
}

function* rowsOf(
  file: string,
  { name, rows }: Message,
  table: Table,
  wanted: readonly string[] | undefined,
  line: number,
  exact: boolean,
): Generator<Row['values']> {
  const columns = table.schema.fields.flatMap((field, i) =>
    wanted && !wanted.includes(field.name) ? [] : [{ name: field.name, column: table.getChildAt(i) }],
  );
  for (let i = 0; i < rows; i++) {
    const values: Row['values'] = {};
    for (const { name: column, column: cells } of columns)
      try {
        values[column] = plainValue(cells.at(i), { file, line: line + i }, column, exact);
      } catch (cause) {
        if (cause instanceof RankwiseError) throw cause;
        throw badArrow(
          file,
          `${name}, column ${column}, row ${i + 1} cannot be decoded (${(cause as Error).message})`,
          cause,
        );
      }
    yield values;
  }
}

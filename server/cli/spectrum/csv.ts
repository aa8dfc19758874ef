import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { replaceFile } from '../../base/files.ts';
import { type MatrixReport, shortest } from './report.ts';

/** Before hours of computing: whether the file can be made. Errors: `csv-not-written`. */
export function demandWritable(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw notWritten(file, 'it is a folder', 'Name a file in it.');
  try {
    accessSync(path.dirname(file), constants.W_OK);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw notWritten(file, missing ? 'its folder does not exist' : 'its folder cannot be written', undefined, cause);
  }
}

/** Every singular value on its line, with the share of energy up to it. Errors: `csv-not-written`. */
export function writeCsv(file: string, matrices: readonly MatrixReport[]): void {
  try {
    replaceFile(file, (write) => {
      write(Buffer.from('module,of,rows,columns,index,singular_value,energy\n'));
      for (const matrix of matrices) write(Buffer.from(linesOf(matrix)));
    });
  } catch (cause) {
    throw notWritten(file, (cause as Error).message, undefined, cause);
  }
}

const notWritten = (file: string, why: string, hint?: string, cause?: unknown) =>
  new RankwiseError('csv-not-written', `${file} cannot be written: ${why}`, {
    file,
    kind: 'runtime',
    ...(hint !== undefined && { hint }),
    ...(cause !== undefined && { cause }),
  });

function linesOf({ name, shape: [m, n], parts }: MatrixReport): string {
  let lines = '';
  for (const [of, { values, cumulative }] of Object.entries(parts))
    for (const [i, value] of values.entries())
      lines += `${quoted(name)},${of},${m},${n},${i + 1},${shortest(value)},${Number(cumulative[i + 1]!.toPrecision(9))}\n`;
  return lines;
}

/** Names come from files. */
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

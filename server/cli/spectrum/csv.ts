import { RankwiseError } from '../../base/errors.ts';
import { replaceFile } from '../../base/files.ts';
import { type MatrixReport, shortest } from './report.ts';

/** Every singular value on its line, with the share of energy up to it. Errors: `csv-not-written`. */
export function writeCsv(file: string, matrices: readonly MatrixReport[]): void {
  try {
    replaceFile(file, (write) => {
      write(Buffer.from('module,of,rows,columns,index,singular_value,energy\n'));
      for (const matrix of matrices) write(Buffer.from(linesOf(matrix)));
    });
  } catch (cause) {
    throw new RankwiseError('csv-not-written', `${file} cannot be written: ${(cause as Error).message}`, {
      file,
      kind: 'runtime',
      cause,
    });
  }
}

function linesOf({ name, shape: [m, n], parts }: MatrixReport): string {
  let lines = '';
  for (const [of, { values, cumulative }] of Object.entries(parts))
    for (const [i, value] of values.entries())
      lines += `${quoted(name)},${of},${m},${n},${i + 1},${shortest(value)},${Number(cumulative[i + 1]!.toPrecision(9))}\n`;
  return lines;
}

/** Names come from files. */
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Tables as RFC 4180 texts. */
import type { SpectrumLearned, SpectrumMatrix } from '../../server/protocol/spectrum.ts';
import { quoted } from '../shared/csv.ts';
import { decodeFloats } from './decode.ts';
import { shareBetween } from './histogram.ts';
import type { Line } from './model.ts';
import type { Spectrum } from './spectrum.ts';

/** One curve of the charts. */
export interface Curve {
  line: Line;
  spectrum: Spectrum;
}

/** One value a row: every curve that the charts show. */
export function valuesCsv(curves: readonly Curve[]): string {
  const rows = ['line,matrix,layer,m,n,index,singular_value,normalised,cumulative_energy'];
  for (const { line, spectrum } of curves) {
    const { values, cumulative, measures } = spectrum;
    const head = columns(line, spectrum);
    for (let i = 0; i < values.length; i++) {
      const normalised = measures.largest > 0 ? number(values[i]! / measures.largest) : '0';
      rows.push(`${head},${i + 1},${number(values[i]!)},${normalised},${number(cumulative[i + 1]!)}`);
    }
  }
  return `${rows.join('\n')}\n`;
}

/** One matrix a row. @param rank that of the cursor. */
export function measuresCsv(curves: readonly Curve[], rank: number, [low, high]: readonly [number, number]): string {
  const rows = [
    `line,matrix,layer,m,n,largest,smallest,norm,stable_rank,effective_rank,condition,rank_90,rank_99,numerical_rank,share_${low}_${high},energy_at_${rank},residual`,
  ];
  for (const { line, spectrum } of curves) {
    const { values, measures, residual } = spectrum;
    const { largest, smallest, norm, stableRank, effectiveRank, condition, numericalRank } = measures;
    const numbers = [largest, smallest, norm, stableRank, effectiveRank, condition].map(number);
    const ranks = [spectrum.rankFor(0.9), spectrum.rankFor(0.99), numericalRank];
    const last = [shareBetween(values, low, high), spectrum.energyAt(rank), residual].map(number);
    rows.push([columns(line, spectrum), ...numbers, ...ranks, ...last].join(','));
  }
  return `${rows.join('\n')}\n`;
}

/** One number a row; where several places share a bin, `row` and `column` are the first ones, and the number is the furthest from neutral. */
export function learnedCsv(
  all: readonly { title: string; matrix: SpectrumMatrix; learned: SpectrumLearned }[],
): string {
  const rows = ['adapter,matrix,layer,method,what,neutral,row,column,rows_in_bin,columns_in_bin,value'];
  for (const { title, matrix, learned } of all)
    for (const part of learned.parts) {
      const head = [title, matrix.name, String(matrix.layer ?? ''), learned.method, part.title, number(part.neutral)]
        .map(quoted)
        .join(',');
      const [down, across] = part.kind === 'table' ? part.bin : [part.bin, 1];
      const width = part.kind === 'table' ? Math.ceil(part.shape[1] / across) : 1;
      decodeFloats(part.values).forEach((value, i) => {
        if (Number.isNaN(value)) return;
        const column = part.kind === 'table' ? String((i % width) * across + 1) : '';
        rows.push(`${head},${Math.floor(i / width) * down + 1},${column},${down},${across},${number(value)}`);
      });
    }
  return `${rows.join('\n')}\n`;
}

const columns = ({ title }: Line, { matrix: { name, layer, shape } }: Spectrum) =>
  [title, name, layer ?? '', ...shape].map((cell) => quoted(String(cell))).join(',');

/** Nine digits tell any two float32 apart. */
const number = (value: number) => (Number.isFinite(value) ? String(Number(value.toPrecision(9))) : 'inf');

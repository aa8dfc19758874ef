/** What methods learned, a line for each thing that they name. */
import type { LearnedPart, SpectrumLearned } from '../../protocol/spectrum.ts';
import { plain } from '../output.ts';
import { type Column, fittingTable, mean } from './columns.ts';
import { type Group, number, shortName, whole } from './table.ts';

/** One line: the same part of the matrices of a group. */
interface Line {
  name: string;
  title: string;
  learned: SpectrumLearned[];
  parts: LearnedPart[];
}

export function learnedTable(groups: readonly Group[], width: number): string[] {
  const lines = groups.flatMap(linesOf);
  const columns: Column<Line>[] = [
    { title: 'module', drop: 0, left: true, cell: ({ name }) => plain(name) },
    { title: 'what', drop: 0, left: true, cell: ({ title }) => title },
    ...(lines.some(({ learned }) => learned.some(({ rank }) => rank !== undefined))
      ? [
          {
            title: 'rank',
            drop: 0,
            cell: ({ learned }: Line) => whole(mean(learned.flatMap(({ rank }) => rank ?? []))),
          },
        ]
      : []),
    { title: 'numbers', drop: 2, cell: ({ parts }) => whole(mean(parts.map(({ entries }) => entries))) },
    { title: 'lowest', drop: 0, cell: ({ parts }) => signed(Math.min(...parts.map(({ low }) => low))) },
    { title: 'highest', drop: 0, cell: ({ parts }) => signed(Math.max(...parts.map(({ high }) => high))) },
    { title: 'neutral', drop: 3, cell: ({ parts }) => signed(parts[0]!.neutral) },
    { title: 'distance', drop: 1, cell: ({ parts }) => number(mean(parts.map(({ distance }) => distance))) },
  ];
  return fittingTable(lines, columns, width, shortName);
}

/** Matrices of one kind may have other methods. */
function linesOf({ name, matrices }: Group): Line[] {
  const lines = new Map<string, Line>();
  for (const { learned } of matrices)
    for (const part of learned?.parts ?? []) {
      const line = lines.get(part.title) ?? { name, title: part.title, learned: [], parts: [] };
      line.learned.push(learned!);
      line.parts.push(part);
      lines.set(part.title, line);
    }
  return [...lines.values()];
}

const signed = (x: number): string => (x < 0 ? `-${number(-x)}` : number(x));

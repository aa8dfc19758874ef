/** Spectra as people read them: a line a matrix, or a line for each kind of matrix where there are many. */
import type { SpectrumOf } from '../../protocol/spectrum.ts';
import { shareWithin } from '../../spectrum/measures.ts';
import { plain } from '../output.ts';
import { type Column, fittingTable, mean } from './columns.ts';
import type { MatrixReport, Part, ReportSettings } from './report.ts';

export type By = 'matrix' | 'kind';

/** What one line stands for. */
export interface Group {
  name: string;
  matrices: MatrixReport[];
}

/** Matrices beyond which a line stands for a kind. */
const many = 40;

/** Ranks whose energy is shown where none was asked for. */
const usualRanks = [8, 64];

export function groupsOf(matrices: readonly MatrixReport[], by: By | undefined): Group[] {
  const chosen = by ?? (matrices.length > many ? 'kind' : 'matrix');
  if (chosen === 'matrix') return matrices.map((matrix) => ({ name: matrix.name, matrices: [matrix] }));
  const groups = new Map<string, Group>();
  for (const matrix of matrices) {
    // Layers of one model may differ in their shapes.
    const key = `${matrix.kind} ${matrix.shape}`;
    const group = groups.get(key) ?? { name: matrix.kind, matrices: [] };
    group.matrices.push(matrix);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Lines of at most `width` characters where that is possible: the less telling columns go first. */
export function partTable(
  all: readonly Group[],
  of: SpectrumOf,
  settings: ReportSettings,
  width: number,
  left?: (title: string) => void,
): string[] {
  const groups = all.filter(({ matrices }) => matrices.some(({ parts }) => parts[of]));
  const { rank, ranks } = settings;
  const parts = ({ matrices }: Group) => matrices.flatMap(({ parts }) => parts[of] ?? []);
  const averaged = (title: string, drop: number, value: (part: Part) => number, show = number): Column<Group> => ({
    title,
    drop,
    // A matrix of zeros has neither rank nor energy: it would pull the mean down.
    cell: (group) => {
      const weighty = parts(group).filter(({ norm }) => norm > 0);
      return weighty.length > 0 ? show(mean(weighty.map(value))) : '–';
    },
  });
  const energyAt = (title: string, drop: number, rankOf: (matrix: MatrixReport) => number | undefined) => ({
    title,
    drop,
    cell: ({ matrices }: Group) => {
      const energies = matrices.flatMap((matrix) => {
        const [part, r] = [matrix.parts[of], rankOf(matrix)];
        return part && part.norm > 0 && r !== undefined ? [part.cumulative[Math.min(r, part.values.length)]!] : [];
      });
      return energies.length > 0 ? share(mean(energies)) : '–';
    },
  });
  const energies: Column<Group>[] =
    rank !== undefined
      ? [energyAt(`E@${rank}`, 0, () => rank)]
      : ranks.size > 0
        ? [energyAt('E@rank', 0, ({ name }) => ranks.get(name))]
        : usualRanks.map((r, i) => energyAt(`E@${r}`, 4 + i, () => r));
  const [low, high] = settings.interval;
  const columns: Column<Group>[] = [
    { title: 'module', drop: 0, left: true, cell: ({ name }) => plain(name) },
    ...(groups.some(({ matrices }) => matrices.length > 1)
      ? [{ title: '×', drop: 6, cell: ({ matrices }: Group) => String(matrices.length) }]
      : []),
    { title: 'shape', drop: 2, cell: ({ matrices }) => matrices[0]!.shape.join('×') },
    ...(of !== 'update' && rank === undefined && ranks.size > 0
      ? [{ title: 'rank', drop: 1, cell: ({ matrices }: Group) => range(matrices.map(({ name }) => ranks.get(name))) }]
      : []),
    { title: 'σ₁', drop: 0, cell: (group) => number(Math.max(...parts(group).map(({ largest }) => largest))) },
    // The last value of an update of low rank is rounding.
    ...(of === 'update'
      ? []
      : [
          {
            title: 'σₖ',
            drop: 3,
            cell: (group: Group) => number(Math.min(...parts(group).map(({ smallest }) => smallest))),
          },
          {
            title: 'cond.',
            drop: 7,
            cell: (group: Group) => number(Math.max(...parts(group).map(({ condition }) => condition))),
          },
        ]),
    averaged('stable', 0, ({ stableRank }) => stableRank),
    averaged('eff.', 0, ({ effectiveRank }) => effectiveRank),
    ...energies,
    // The interval is a question to weights; of an update one asks how many directions it has.
    of === 'update'
      ? averaged('num. rank', 0, ({ numericalRank }) => numericalRank, whole)
      : {
          title: `${low}–${high}`,
          drop: 0,
          cell: (group: Group) => share(mean(parts(group).map(({ values }) => shareWithin(values, low, high)))),
        },
    {
      title: 'residual',
      drop: 8,
      cell: (group) => number(Math.max(...parts(group).map(({ residual }) => residual))),
    },
  ];
  return fittingTable(groups, columns, width, shortName, left);
}

export function changeTable(all: readonly Group[], width: number): string[] {
  const groups = all.filter(({ matrices }) => matrices.some(({ change }) => change));
  type Change = NonNullable<MatrixReport['change']>;
  const column = (title: string, drop: number, value: (change: Change) => number, show: (x: number) => string) => ({
    title,
    drop,
    cell: ({ matrices }: Group) => show(mean(matrices.flatMap(({ change }) => (change ? [value(change)] : [])))),
  });
  const columns: Column<Group>[] = [
    { title: 'module', drop: 0, left: true, cell: ({ name }) => plain(name) },
    column('‖ΔW‖/‖W‖', 0, ({ updateNorm, baseNorm }) => (baseNorm > 0 ? updateNorm / baseNorm : 0), share),
    column('directions', 1, ({ directions }) => directions, whole),
    column('in top', 0, ({ inTop }) => inTop, share),
    column('by chance', 0, ({ inTopByChance }) => inTopByChance, share),
    column('diagonal', 0, ({ diagonal }) => diagonal, share),
    column(
      'amplified',
      0,
      ({ amplification }) => amplification,
      (x) => `${number(x)}×`,
    ),
  ];
  return fittingTable(groups, columns, width, shortName);
}

/** From the layer on. */
export const shortName = (name: string): string => /(?<=\.)(\*|\d+)\..*$/.exec(name)?.[0] ?? name;

function range(ranks: (number | undefined)[]): string {
  const known = ranks.filter((rank) => rank !== undefined);
  if (known.length === 0) return '–';
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return least === most ? String(most) : `${least}–${most}`;
}

/** Means of whole numbers. */
export const whole = (x: number): string => (Number.isInteger(x) ? String(x) : x.toFixed(1));

/** Three digits. */
export function number(x: number): string {
  if (x === 0) return '0';
  if (!Number.isFinite(x)) return '∞';
  if (Math.abs(x) < 1e-3) return x.toExponential(1);
  if (Math.abs(x) >= 1e6) return x.toExponential(2);
  return Math.abs(x) >= 100 ? String(Math.round(x)) : x.toPrecision(3);
}

function share(x: number): string {
  if (x > 0.9995 && x < 1) return '>99.9%';
  if (x >= 0.001 || x === 0) return `${(100 * x).toFixed(1)}%`;
  return x >= 1e-4 ? `${(100 * x).toPrecision(1)}%` : '<0.01%';
}

/** Tables for hovers: every method on the same matrices, what adapters for many users take on disk, and the parts of memory. */
import { bytes, count, percent, shortCount } from '../base/units.ts';
import { sideBySide } from '../budget/side-by-side.ts';
import { entryMatrices } from './entry-claims.ts';
import type { RecipeState } from './state.ts';

/** Every method on the matrices that an entry takes, the fewest parameters first; the entry's own in bold. */
export function comparison({ analysis, world }: RecipeState, index: number): string {
  const claims = entryMatrices(analysis, index);
  const table = world.model?.table;
  const own = claims.places[0]?.entry.method;
  if (!table || own === undefined) return '';
  const possible = sideBySide(claims, table).filter((row) => row.trainable !== undefined);
  const rows = possible
    .sort((a, b) => a.trainable! - b.trainable!)
    .map(({ method, form, rank, trainable, adapterBytes, sharedBytes, updateRank }) => {
      const name = method.id === own ? `**${method.title}**` : method.title;
      const cells = [
        [name, form].filter((part) => part !== '').join(', '),
        rank === undefined ? '–' : String(rank),
        count(trainable!),
        percent(trainable! / table.totalParameters),
        `${bytes(adapterBytes)}${sharedBytes > 0 ? ` + ${bytes(sharedBytes)} shared` : ''}`,
        updateRank === 0 ? '–' : count(updateRank),
      ];
      return `| ${cells.join(' | ')} |`;
    });
  const base = shortCount(table.totalParameters);
  return [
    "Every method on these matrices, at this entry's ranks and the methods' own defaults:",
    [`| | rank | trainable | of ${base} | file | update rank |`, '|---|--:|--:|--:|--:|--:|', ...rows].join('\n'),
  ].join('\n\n');
}

const users = [1, 100, 10_000];

/** The papers' argument: one base and a small file for each user or task, against a model for each. */
export function storage({ analysis: { estimate }, world }: RecipeState): string {
  const table = world.model?.table;
  if (!estimate || !table) return '';
  const { adapterBytes, sharedBytes, adapterParameters, trainableParameters } = estimate;
  const heads = trainableParameters - adapterParameters;
  const parts = [
    `**${count(adapterParameters)}** adapter parameters`,
    ...(heads > 0 ? [`${count(heads)} of the head`] : []),
    `file ${bytes(adapterBytes)}`,
    ...(sharedBytes > 0 ? [`${bytes(sharedBytes)} of factors that all adapters of the base share`] : []),
  ];
  const rows = users.map((n) => {
    const models = 4 * table.totalParameters * n;
    return `| ${count(n)} | ${bytes(adapterBytes * n + sharedBytes)} | ${bytes(models)} |`;
  });
  const head = ['| adapters | on disk | as models in float32 |', '|--:|--:|--:|'];
  return [parts.join(', '), [...head, ...rows].join('\n')].join('\n\n');
}

/** What training takes at its peak, and of what. */
export function memoryTable({ analysis: { estimate } }: RecipeState): string {
  if (!estimate) return '';
  const { low, expected, high, parts } = estimate.memory;
  const rows = Object.entries(parts).flatMap(([part, size]) => (size > 0 ? [`| ${part} | ${bytes(size)} |`] : []));
  return [
    `Memory at the peak of training: **${bytes(expected)}** expected, at least ${bytes(low)}, at most ${bytes(high)}`,
    ['| part | expected |', '|---|--:|', ...rows].join('\n'),
  ].join('\n\n');
}

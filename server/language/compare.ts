/** `rankwise/compare`: every method on the matrices of one entry, at several ranks. */
import type { ModuleTable } from '../architectures/types.ts';
import { limitsOf } from '../budget/limits.ts';
import { presentRow, type SideBySide, sideBySide } from '../budget/side-by-side.ts';
import type { Claim } from '../budget/types.ts';
import type { Grouped } from '../budget/under-method.ts';
import { methodOf } from '../methods/registry.ts';
import type { Comparison, ComparisonRow, LanguageRequests } from '../protocol/language.ts';
import { entryClaims } from './entry-claims.ts';
import { notOpen } from './resolve.ts';
import type { RecipeState } from './state.ts';

type Result = LanguageRequests['rankwise/compare']['result'];

const ranks = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** The recipe's findings where its model is not known, or no entry claims a matrix. */
export function comparisonOf(state: RecipeState | undefined, asked?: number): Result {
  if (!state) return { diagnostics: [notOpen] };
  const { analysis, world, diagnostics } = state;
  const table = world.model?.table;
  const entries = entriesOf(state);
  const entry = (entries.find(({ index }) => index === asked) ?? entries[0])?.index;
  if (!table || entry === undefined) return { diagnostics };
  const claims = entryClaims(analysis, entry);
  const limit = limitOf(state, entry);
  return {
    entries,
    entry,
    architecture: table.architecture,
    totalParameters: table.totalParameters,
    matrices: claims.places.length,
    ...(limit !== undefined && { limit }),
    rows: rowsOf(claims, table),
  };
}

/** Those that adapt matrices and that the text itself says: the files of a saved adapter say the rest of theirs. */
function entriesOf({ analysis, recipe }: RecipeState): Comparison['entries'] {
  return recipe.partial.adapters.flatMap(({ name, path }, index) => {
    const claim = analysis.claims.find((c) => c.index === index);
    const adapts = claim && methodOf(claim.entry.method)?.kind === 'matrices' && path === undefined;
    return adapts ? [{ index, name, method: claim.entry.method }] : [];
  });
}

/** `budget.trainable` less what the other entries take. */
function limitOf({ analysis: { claims }, recipe, world }: RecipeState, entry: number): number | undefined {
  const { trainable } = limitsOf(recipe.partial, world.model!.table, world.deviceMemory);
  if (trainable === undefined) return undefined;
  return claims.reduce((rest, claim) => (claim.index === entry ? rest : rest - claim.trainable), trainable);
}

function rowsOf(claims: Grouped<Claim>, table: ModuleTable): ComparisonRow[] {
  const present = presentRow(claims);
  const own = present?.rank;
  const tried = own === undefined || ranks.includes(own) ? ranks : [...ranks, own].sort((a, b) => a - b);
  const rows = sideBySide(claims, table, tried);
  const same = (row: SideBySide) =>
    row.method === present?.method && row.rank === present.rank && row.trainable === present.trainable;
  const known = rows.some(same) || !present ? rows : [...rows, present];
  return known.flatMap(({ method, trainable, rank, ...rest }) =>
    trainable === undefined
      ? []
      : {
          ...rest,
          method: method.id,
          title: method.title,
          ...(rank !== undefined && { rank }),
          trainable,
          percent: (100 * trainable) / table.totalParameters,
          present: same({ ...rest, method, trainable, rank }),
        },
  );
}

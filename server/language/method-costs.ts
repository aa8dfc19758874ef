/** What each method would train where an adapter entry stands, with that method's own defaults. */
import type { ModuleTable } from '../architectures/types.ts';
import { matchEntry } from '../budget/entry.ts';
import { isLinear } from '../budget/match.ts';
import {
  type Grouped,
  grouped,
  matricesUnder,
  type Place,
  settingsUnder,
  trainableUnder,
} from '../budget/under-method.ts';
import { wholeModel } from '../budget/whole-model.ts';
import { methodOf } from '../methods/registry.ts';
import type { Method } from '../methods/types.ts';
import { entryMatrices } from './entry-claims.ts';
import type { RecipeState } from './state.ts';

type Cost = number | 'misfit' | undefined;

/**
 * Trainable scalars, by method. Methods that train the model's own parameters count on the whole model, as `compare` counts them; the others on
 * the modules that the entry takes now. `misfit` where the method refuses one of them; undefined where they are not known.
 */
export function methodCosts(state: RecipeState, index: number): (method: Method) => Cost {
  const table = state.world.model?.table;
  if (!table) return () => undefined;
  const claims = entryMatrices(state.analysis, index);
  return (method) => {
    if (method.kind === 'parameters') return wholeModel(method, table).trainable ?? 'misfit';
    const taken: Grouped = claims.places.length > 0 ? claims : grouped(wouldClaim(state, index, method, table));
    if (taken.places.length === 0) return undefined;
    return trainableUnder(method, matricesUnder(method, taken, settingsUnder(method, table))) ?? 'misfit';
  };
}

/** What an entry without a method would take with this one: its targets, or PEFT's default ones. */
function wouldClaim({ recipe }: RecipeState, index: number, method: Method, table: ModuleTable): Place[] {
  const entry = recipe.partial.adapters[index];
  if (!entry || methodOf(entry.method)) return [];
  const rank = typeof entry.rank === 'number' ? entry.rank : 0;
  const settings = { rank, alpha: entry.alpha ?? rank, options: {} };
  const { modules } = matchEntry({ ...entry, method: method.id }, index, method, table, new Set());
  return modules.filter(isLinear).map((module) => ({ entry, module, settings }));
}

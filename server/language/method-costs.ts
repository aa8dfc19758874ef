/** What another method would train where an adapter entry stands, with that method's own defaults. */
import type { Module, ModuleTable } from '../architectures/types.ts';
import { matchEntry } from '../budget/entry.ts';
import { isLinear } from '../budget/match.ts';
import type { Claim } from '../budget/types.ts';
import { hasRank, methodOf } from '../methods/registry.ts';
import type { MatrixSettings, Method } from '../methods/types.ts';
import type { RecipeState } from './state.ts';

/**
 * Trainable scalars. Methods that train the model's own parameters count on the whole model, as `compare` counts them; the
 * others on the modules that the entry takes now. `misfit` where the method refuses one of them; undefined where they are not known.
 */
export function methodCost(state: RecipeState, index: number, method: Method): number | 'misfit' | undefined {
  const table = state.world.model?.table;
  if (!table) return undefined;
  if (method.kind === 'parameters') return wholeModel(method, table);
  const claimed = state.analysis.claims.filter((claim) => claim.index === index && isLinear(claim.module));
  const claims = claimed.length > 0 ? claimed : wouldClaim(state, index, method, table);
  if (claims.length === 0) return undefined;
  const first = claims[0]!;
  if (method.equalShapes && claims.some(({ module: { m, n } }) => m !== first.module.m || n !== first.module.n))
    return 'misfit';
  const firstSettings = settingsUnder(method, first, table.defaultOptions[method.id]);
  // Layers repeat their shapes: each is judged once, unless the method looks at names.
  const known = new Map<string, number>();
  let total = method.tied?.(first.module, firstSettings) ?? 0;
  for (const claim of claims) {
    const { module, settings } = claim;
    const shape = `${module.kind} ${module.m} ${module.n} ${settings.rank} ${settings.alpha}`;
    const key = method.moduleFields ? module.name : shape;
    let cost = known.get(key);
    if (cost === undefined) {
      const own = settingsUnder(method, claim, table.defaultOptions[method.id]);
      if (method.check(module, own).length > 0) return 'misfit';
      cost = method.trainable(module, own);
      known.set(key, cost);
    }
    total += cost;
  }
  return total;
}

/** What an entry without a method would take with this one: its targets, or PEFT's default ones. */
function wouldClaim(
  { recipe }: RecipeState,
  index: number,
  method: Method,
  table: ModuleTable,
): Pick<Claim, 'entry' | 'module' | 'settings'>[] {
  const entry = recipe.partial.adapters[index];
  if (!entry || methodOf(entry.method)) return [];
  const rank = typeof entry.rank === 'number' ? entry.rank : 0;
  const settings = { rank, alpha: entry.alpha ?? rank, options: {} };
  const { modules } = matchEntry({ ...entry, method: method.id }, index, method, table, new Set());
  return modules.filter(isLinear).map((module) => ({ entry, module, settings }));
}

/** By the model's table, which many keystrokes share. */
const wholeModels = new WeakMap<ModuleTable, Map<string, number | 'misfit'>>();

function wholeModel(method: Method, table: ModuleTable): number | 'misfit' {
  const known = wholeModels.get(table) ?? new Map<string, number | 'misfit'>();
  wholeModels.set(table, known);
  const cost = known.get(method.id);
  if (cost !== undefined) return cost;
  const entry = { name: method.id, method: method.id, exclude_modules: [], layers_to_transform: 'all' as const };
  const { coverage, modules } = matchEntry(
    { ...entry, rank_pattern: {}, alpha_pattern: {}, options: {} },
    0,
    method,
    table,
    new Set(),
  );
  const settings = { rank: 0, alpha: 0, options: {} };
  const total = modules.reduce((sum, module) => sum + method.trainable(ownParameters(module), settings), 0);
  const found = coverage.length === 0 || modules.length === 0 ? 'misfit' : total;
  known.set(method.id, found);
  return found;
}

/** A tied weight counts at the module that has it. */
function ownParameters(module: Module): Module {
  if (module.tiedTo === undefined) return module;
  const { weight: _, ...own } = module.parameters;
  return { ...module, parameters: own };
}

/** The entry's rank where both methods have one, and its alpha; all else as the method has it when nothing is written. */
function settingsUnder(
  method: Method,
  { entry, settings }: Pick<Claim, 'entry' | 'settings'>,
  modelDefaults: Record<string, unknown> | undefined,
): MatrixSettings {
  if (entry.method === method.id) return settings;
  const usual = (name: string) => method.fields.find((field) => field.name === name)?.default;
  const own = Number(usual('rank') ?? 0);
  const rank = own > 0 && hasRank(method) && typeof entry.rank === 'number' ? settings.rank : own;
  const options = method.fields.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]]));
  const { rank: _, alpha, ...rest } = Object.fromEntries(options);
  return { rank, alpha: Number(alpha ?? rank), options: { ...modelDefaults, ...rest } };
}

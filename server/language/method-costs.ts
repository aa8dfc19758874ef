/** What another method would train where an adapter entry stands, with that method's own defaults. */
import { claimsOf } from '../budget/claims.ts';
import { isLinear } from '../budget/match.ts';
import type { Claim } from '../budget/types.ts';
import { hasRank } from '../methods/registry.ts';
import type { MatrixSettings, Method } from '../methods/types.ts';
import type { RecipeState } from './state.ts';

/**
 * Trainable scalars. Methods that train the model's own parameters count on the whole model, as `compare` counts them; the
 * others on the modules that the entry takes now. `misfit` where the method refuses one of them; undefined where they are not known.
 */
export function methodCost(state: RecipeState, index: number, method: Method): number | 'misfit' | undefined {
  const table = state.world.model?.table;
  if (!table) return undefined;
  const { partial } = state.recipe;
  if (method.kind === 'parameters') {
    const entry = { name: method.id, method: method.id, exclude_modules: [], layers_to_transform: 'all' as const };
    const whole = { ...entry, rank_pattern: {}, alpha_pattern: {}, options: {} };
    const { claims } = claimsOf({ ...partial, adapters: [whole] }, table);
    return claims.length === 0 ? 'misfit' : sum(claims.map(({ trainable }) => trainable));
  }
  const claims = state.analysis.claims.filter((claim) => claim.index === index && isLinear(claim.module));
  if (claims.length === 0) return undefined;
  const counts = claims.map(({ module, ...claim }) => {
    const settings = settingsUnder(method, claim, table.defaultOptions[method.id]);
    return method.check(module, settings).length > 0 ? Number.NaN : method.trainable(module, settings);
  });
  const total = sum(counts);
  return Number.isNaN(total) ? 'misfit' : total;
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

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

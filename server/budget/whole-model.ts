/** What a method that trains the model's own parameters trains by itself, on the whole model. */
import type { ModuleTable } from '../architectures/types.ts';
import type { Method } from '../methods/types.ts';
import { trainableOf } from './claims.ts';
import { matchEntry } from './entry.ts';
import { keeper } from './kept.ts';
import { defaultSettings } from './under-method.ts';

export interface WholeModel {
  /** Scalars; undefined where the model has nothing that it trains. */
  trainable: number | undefined;
  /** The largest rank that the change of a matrix can have. */
  updateRank: number;
}

const counted = keeper<WholeModel>();

export const wholeModel = (method: Method, table: ModuleTable): WholeModel =>
  counted(table, method.id, () => count(method, table));

function count(method: Method, table: ModuleTable): WholeModel {
  const entry = { name: method.id, method: method.id, exclude_modules: [], layers_to_transform: 'all' as const };
  const whole = { ...entry, rank_pattern: {}, alpha_pattern: {}, options: {} };
  const { modules } = matchEntry(whole, 0, method, table, new Set());
  const names = new Set(modules.map(({ name }) => name));
  const settings = defaultSettings(method, table);
  return {
    trainable:
      modules.length === 0
        ? undefined
        : modules.reduce((sum, module) => sum + trainableOf(method, module, settings, names), 0),
    updateRank: modules.reduce((most, module) => Math.max(most, method.updateRank(module, settings)), 0),
  };
}

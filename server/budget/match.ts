/** PEFT's rules for which modules an adapter takes (peft 0.21, `check_target_module_exists`, `get_pattern_key`). */
import type { Module, ModuleTable } from '../architectures/types.ts';
import { fullMatch, type Patience, type PatternFault } from './pattern.ts';

/** Names of a table's modules, one array per table so that matches can be cached by it. */
const nameLists = new WeakMap<ModuleTable, { names: string[]; stored: string[] | undefined }>();
export const namesOf = (table: ModuleTable): string[] => listsOf(table).names;

function listsOf(table: ModuleTable) {
  let lists = nameLists.get(table);
  if (!lists) {
    const names = table.modules.map((module) => module.name);
    const renamed = table.modules.some((module) => module.storedName !== undefined);
    lists = { names, stored: renamed ? table.modules.map((m) => m.storedName ?? m.name) : undefined };
    nameLists.set(table, lists);
  }
  return lists;
}

export type Matches = { modules: ReadonlySet<Module> } | { fault: PatternFault; reason: string };

/** Names that a target may be written with: that of current transformers, and that of checkpoints. */
const spellings = ({ name, storedName }: Module): string[] => (storedName === undefined ? [name] : [name, storedName]);

/** An item of a list: the exact name, or its end from a dot on. */
export const matchesItem = (module: Module, item: string): boolean =>
  spellings(module).some((name) => name === item || name.endsWith(`.${item}`));

/** A recipe names a few; half-typed ones come and go. */
const maxItems = 200;
const itemMatches = new WeakMap<ModuleTable, Map<string, ReadonlySet<Module>>>();

/** The modules that an item of a list names, kept from keystroke to keystroke. */
export function matchItem(table: ModuleTable, item: string): ReadonlySet<Module> {
  const known = itemMatches.get(table) ?? new Map<string, ReadonlySet<Module>>();
  itemMatches.set(table, known);
  let found = known.get(item);
  if (!found) {
    found = new Set(table.modules.filter((module) => matchesItem(module, item)));
    if (known.size >= maxItems) known.delete(known.keys().next().value!);
    known.set(item, found);
  }
  return found;
}

/** A string: `all-linear`, or a regular expression for the whole name. */
export function matchText(table: ModuleTable, text: string, patience?: Patience): Matches {
  if (text.toLowerCase() === 'all-linear') return { modules: new Set(table.modules.filter(isAllLinear)) };
  const { names, stored } = listsOf(table);
  const result = fullMatch(text, names, patience);
  if ('fault' in result) return result;
  const other = stored && fullMatch(text, stored, patience);
  if (other && 'fault' in other) return other;
  return { modules: new Set(table.modules.filter((_, i) => result.matches[i] || other?.matches[i])) };
}

export const isLinear = (module: Module): boolean => module.kind === 'linear' || module.kind === 'conv1d';

const isAllLinear = (module: Module): boolean =>
  isLinear(module) && module.role !== 'output-head' && module.role !== 'task-head';

/**
 * The first key of `rank_pattern` or `alpha_pattern` that fits each name: `(.*\.)?KEY$` on the whole name. The result maps
 * names to keys; keys that cannot be run are in `faults`. With `table`, matches of its names are kept for the next call.
 */
export function matchPattern(
  keys: readonly string[],
  names: readonly string[],
  patience?: Patience,
  table?: ModuleTable,
): { keyOf: Map<string, string>; faults: Map<string, { fault: PatternFault; reason: string }> } {
  const keyOf = new Map<string, string>();
  const faults = new Map<string, { fault: PatternFault; reason: string }>();
  const all = table ? namesOf(table) : names;
  const wanted = keys.length > 0 && table ? new Set(names) : undefined;
  for (const key of keys) {
    const result = fullMatch(`(.*\\.)?(${key})`, all, patience);
    if ('fault' in result) {
      faults.set(key, result);
      continue;
    }
    all.forEach((name, i) => {
      if (result.matches[i] && !keyOf.has(name) && (!wanted || wanted.has(name))) keyOf.set(name, key);
    });
  }
  return { keyOf, faults };
}

/** `modules_to_save`: the end of the name of a module, or of a container of modules ("classifier" of "classifier.dense"). */
export function matchSaved(table: ModuleTable, item: string): Module[] {
  return table.modules.filter((module) => spellings(module).some((name) => isSaved(name, item)));
}

function isSaved(name: string, item: string): boolean {
  for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1))
    if (name.slice(0, end).endsWith(item)) return true;
  return false;
}

/** Which entry trains which module, with what settings, and how many scalars that is. */
import { writesText } from '../architectures/tasks.ts';
import type { Module, ModuleTable } from '../architectures/types.ts';
import { sizeOf } from '../base/tensor.ts';
import { methodOf } from '../methods/registry.ts';
import type { MatrixSettings, Method } from '../methods/types.ts';
import type { AdapterEntry, Recipe } from '../recipe/types.ts';
import { biasesClaimedTwice, trainedBiases } from './biases.ts';
import { matchEntry, patternFault, replacement, suggestion } from './entry.ts';
import type { Finding } from './finding.ts';
import { keeper } from './kept.ts';
import { matchesItem, matchPattern, matchSaved } from './match.ts';
import { Patience } from './pattern.ts';
import { sized } from './sizes.ts';
import type { Claim, Coverage, SavedModule, TrainedBias } from './types.ts';

/** What matching gives, before ranks are known: the expensive half, shared by all ranks that `auto` tries. */
export interface Matching {
  entries: {
    index: number;
    entry: AdapterEntry;
    method: Method;
    modules: Module[];
    options: Record<string, unknown>;
    rankKey: KeyOf;
    alphaKey: KeyOf;
  }[];
  saved: SavedModule[];
  biases: TrainedBias[];
  coverage: Coverage[];
  findings: Finding[];
}
type KeyOf = Map<string, string>;

export interface Claims {
  claims: Claim[];
  saved: SavedModule[];
  biases: TrainedBias[];
  coverage: Coverage[];
  /** Faults of the targets: nothing matched, claimed twice, pattern out of bounds. */
  findings: Finding[];
}

/** Every claim of a recipe whose ranks are numbers; `auto` counts as the method's default. Entries of unknown methods are left out. */
export function claimsOf(recipe: Recipe, table: ModuleTable): Claims {
  const matching = matchRecipe(recipe, table);
  return { ...matching, claims: claimMatched(matching) };
}

export function matchRecipe(recipe: Recipe, table: ModuleTable): Matching {
  const result: Matching = { entries: [], saved: [], biases: [], coverage: [], findings: [] };
  const owner = new Map<Module, number>();
  const savedBy = new Set<Module>();
  const patience = new Patience();
  recipe.adapters.forEach((entry, index) => {
    const method = methodOf(entry.method);
    if (!method) return;
    const saved = savedModules(entry, index, method, recipe, table, result.findings);
    const { modules, coverage, findings } = matchEntry(entry, index, method, table, new Set(saved), patience);
    result.coverage.push(...coverage);
    result.findings.push(...findings);
    const untaken = modules.filter((module) => !owner.has(module));
    // The same list as at the keystroke before, where nobody else has a part of it: what follows from it is kept by it.
    const free = untaken.length < modules.length ? untaken : modules;
    if (free !== modules) result.findings.push(claimedTwice(recipe, index, modules, owner));
    for (const module of free) owner.set(module, index);
    for (const module of saved) {
      if (savedBy.has(module)) continue;
      savedBy.add(module);
      result.saved.push(savedModule(module, index, method));
    }
    result.entries.push({
      index,
      entry,
      method,
      modules: free,
      options: { ...table.defaultOptions[method.id], ...entry.options },
      rankKey: keysOf(entry.rank_pattern, free, `adapters.${index}.rank_pattern`, result.findings, patience, table),
      alphaKey: keysOf(entry.alpha_pattern, free, `adapters.${index}.alpha_pattern`, result.findings, patience, table),
    });
  });
  result.biases = trainedBiases(result.entries, result.saved, table);
  result.findings.push(...biasesClaimedTwice(result.entries, result.biases));
  // One entry trains the module itself, another an adapter on it.
  for (const { index, modules } of result.entries) {
    const both = modules.find((module) => savedBy.has(module));
    if (both)
      result.findings.push({
        code: 'claimed-twice',
        message: `${both.name} is adapted here and trained in full by \`modules_to_save\` of another entry; keep one of the two.`,
        path: targetField(recipe, index),
      });
  }
  return result;
}

/** `size` replaces `auto`; without one the fields' defaults do. */
export function claimMatched({ entries, saved }: Matching, size?: number): Claim[] {
  const inFull = new Set(saved.map((s) => s.module));
  return entries.flatMap((matched) => claimsOfEntry(matched, inFull, size));
}

const kept = keeper<Claim[]>();

/** The same; the claims of an entry that reads as before are those of before, and hold that reading of it. */
export function claimAgain(matching: Matching, size?: number): Claim[] {
  const { entries, saved, findings } = matching;
  if (findings.some(({ code }) => code === 'target-too-slow')) return claimMatched(matching, size);
  const inFull = new Set(saved.map((s) => s.module));
  const saves = saved.map((s) => s.module.name);
  return entries.flatMap((matched) => {
    const key = JSON.stringify([matched.index, matched.entry, size, saves]);
    return kept(matched.modules, key, () => claimsOfEntry(matched, inFull, size));
  });
}

function claimsOfEntry(
  { index, entry, method, modules, options: matched, rankKey, alphaKey }: Matching['entries'][number],
  inFull: ReadonlySet<Module>,
  size: number | undefined,
): Claim[] {
  const known = sized(entry, size);
  const standard = Number(known.rank ?? 0);
  const options = known === entry ? matched : { ...matched, ...known.options };
  const claimed = new Set(modules.map((m) => m.name));
  // One object for the many modules that no pattern names.
  const usual = { rank: standard, alpha: entry.alpha ?? standard, options };
  return modules
    .filter((module) => !inFull.has(module))
    .map((module, i) => {
      const byRank = rankKey.get(module.name);
      const byAlpha = alphaKey.get(module.name);
      const settings =
        byRank === undefined && byAlpha === undefined
          ? usual
          : {
              rank: byRank === undefined ? standard : entry.rank_pattern[byRank]!,
              alpha: byAlpha === undefined ? usual.alpha : entry.alpha_pattern[byAlpha]!,
              options,
            };
      // What the entry has once for all counts at the first.
      const tied = i === 0 ? (method.tied?.(module, settings) ?? 0) : 0;
      const trainable = trainableOf(method, module, settings, claimed) + tied;
      const claim: Claim = { index, entry, module, settings, trainable };
      if (byRank !== undefined) claim.rankKey = byRank;
      if (byAlpha !== undefined) claim.alphaKey = byAlpha;
      return claim;
    });
}

/** A tied weight is one parameter: where the entry trains both of its modules it counts at the first. `claimed`: names of all that the entry takes. */
export function trainableOf(
  method: Method,
  module: Module,
  settings: MatrixSettings,
  claimed: ReadonlySet<string>,
): number {
  if (method.kind === 'parameters' && module.tiedTo !== undefined && claimed.has(module.tiedTo)) {
    const { weight: _, ...own } = module.parameters;
    return method.trainable({ ...module, parameters: own }, settings);
  }
  return method.trainable(module, settings);
}

/**
 * The entry's `modules_to_save`, and for classification and regression the head, as in PEFT, with a pooler that the checkpoint lacks; nothing
 * where the list is empty.
 */
function savedModules(
  entry: AdapterEntry,
  index: number,
  method: Method,
  recipe: Recipe,
  table: ModuleTable,
  findings: Finding[],
): Module[] {
  if (entry.modules_to_save?.length === 0) return [];
  // Without targets the model itself is trained, the head with it.
  if (method.result === 'model' && entry.target_modules === undefined) return [];
  const head = writesText(recipe.model.task) ? [] : table.modules.filter((m) => m.role === 'task-head' || m.fresh);
  const named = (entry.modules_to_save ?? []).flatMap((item, i) => {
    const found = matchSaved(table, item);
    // PEFT writes `classifier` and `score` into every classifier's file; the model has one of them.
    if (found.length === 0 && entry.path === undefined)
      findings.push({
        code: 'modules-to-save-matches-nothing',
        message: `\`${item}\` matches no module of ${table.architecture}.${suggestion(item, table)}`,
        path: `adapters.${index}.modules_to_save.${i}`,
        ...replacement(item, table),
      });
    return found;
  });
  return [...new Set([...named, ...head])];
}

function savedModule(module: Module, entry: number, method: Method): SavedModule {
  const trainable = Object.values(module.parameters).reduce((sum, shape) => sum + sizeOf(shape), 0);
  return { module, entry, trainable, copied: method.result === 'adapter' };
}

const keptKeys = keeper<{ keyOf: KeyOf; findings: Finding[] }>(
  ({ findings }) => !findings.some(({ code }) => code === 'target-too-slow'),
);

function keysOf(
  pattern: Record<string, number>,
  modules: readonly Module[],
  path: string,
  findings: Finding[],
  patience: Patience,
  table: ModuleTable,
): KeyOf {
  const keys = Object.keys(pattern);
  if (keys.length === 0) return new Map();
  const found = keptKeys(modules, JSON.stringify([path, keys]), () => findKeys(keys, modules, path, patience, table));
  findings.push(...found.findings);
  return found.keyOf;
}

function findKeys(
  keys: readonly string[],
  modules: readonly Module[],
  path: string,
  patience: Patience,
  table: ModuleTable,
): { keyOf: KeyOf; findings: Finding[] } {
  const findings: Finding[] = [];
  const names = modules.map((module) => module.name);
  const { keyOf, faults } = matchPattern(keys, names, patience, table);
  const used = new Set(keyOf.values());
  for (const key of keys) {
    const fault = faults.get(key);
    const at = [...path.split('.'), key];
    if (fault) findings.push(patternFault(at, key, fault));
    else if (!used.has(key) && names.length > 0)
      findings.push({
        code: 'pattern-matches-nothing',
        message: `\`${key}\` fits the end of no adapted module's name${shadowed(key, keys)}. It is a regular expression, matched from a dot to the end, such as \`${names[0]!.split('.').at(-1)}\`.`,
        path: at,
        onKey: true,
      });
  }
  return { keyOf, findings };
}

const shadowed = (key: string, keys: readonly string[]): string =>
  keys[0] === key ? '' : ', or an earlier key has its modules already';

function claimedTwice(
  recipe: Recipe,
  index: number,
  modules: readonly Module[],
  owner: ReadonlyMap<Module, number>,
): Finding {
  const twice = modules.filter((module) => owner.has(module));
  const owners = [...new Set(twice.map((module) => owner.get(module)!))];
  const belongs = owners.map((first) => {
    const [one, ...more] = twice.filter((module) => owner.get(module) === first);
    const [others, verb] = more.length > 0 ? [` and ${more.length} more`, 'belong'] : ['', 'belongs'];
    return `${one!.name}${others} ${verb} to the adapter \`${recipe.adapters[first]!.name}\``;
  });
  const message = `${belongs.join(', ')} already; a matrix takes one adapter. Narrow the targets or use \`exclude_modules\`.`;
  const replace = withoutOwned(recipe.adapters[index]!, modules, owner);
  return { code: 'claimed-twice', message, path: targetField(recipe, index), ...(replace && { replace: [replace] }) };
}

/** A fix that leaves the items of a list whose matrices are all free; none where that is no item, or every one. */
function withoutOwned(
  { target_modules: targets }: AdapterEntry,
  modules: readonly Module[],
  owner: ReadonlyMap<Module, number>,
): { title: string; text: string } | undefined {
  if (!Array.isArray(targets)) return undefined;
  const matched = (item: string) => modules.filter((module) => matchesItem(module, item));
  const free = targets.filter((item) => matched(item).length > 0 && !matched(item).some((module) => owner.has(module)));
  if (free.length === 0 || free.length === targets.length || !free.every((item) => /^[\w.]+$/.test(item)))
    return undefined;
  return { title: `Keep ${free.join(', ')}`, text: `[${free.join(', ')}]` };
}

const targetField = (recipe: Recipe, index: number): string =>
  `adapters.${index}${recipe.adapters[index]!.target_modules === undefined ? '' : '.target_modules'}`;

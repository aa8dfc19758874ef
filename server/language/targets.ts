/** Names that `target_modules` and `modules_to_save` can take on a model: the short suffixes that users write. */
import type { Module } from '../architectures/types.ts';

export interface Target {
  /** "q_proj", or "attention.output.dense" where the shorter suffix means more than one kind of module. */
  suffix: string;
  /** What it matches by PEFT's rule: an exact name or a dot-suffix. */
  modules: Module[];
}

/**
 * One target per set of modules that some suffix of a name can select, by its shortest suffix. Layers share their suffixes:
 * only what stands behind the layer's number counts.
 */
export function targetsOf(modules: readonly Module[]): Target[] {
  const bySuffix = new Map<string, Module[]>();
  for (const module of modules)
    for (const suffix of suffixes(module)) {
      const group = bySuffix.get(suffix);
      if (group) group.push(module);
      else bySuffix.set(suffix, [module]);
    }
  // Suffixes of one name that match equally many modules match the same ones; the shortest of them comes last.
  const shortest = new Map<string, Target>();
  for (const [suffix, group] of bySuffix) shortest.set(`${group[0]!.name} ${group.length}`, { suffix, modules: group });
  return [...shortest.values()];
}

/** Kept as long as the model is: completions ask at every keystroke. */
const suffixesOf = new WeakMap<Module, string[]>();

/** Longest first. */
function suffixes(module: Module): string[] {
  const known = suffixesOf.get(module);
  if (known) return known;
  const { name, layer } = module;
  const parts = name.split('.');
  const first = layer === undefined ? 0 : parts.indexOf(String(layer)) + 1;
  const found = parts.slice(first).map((_, i) => parts.slice(first + i).join('.'));
  suffixesOf.set(module, found);
  return found;
}

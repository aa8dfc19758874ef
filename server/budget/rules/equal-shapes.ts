import type { Module } from '../../architectures/types.ts';
import { methodOf } from '../../methods/registry.ts';
import type { Rule } from './rule.ts';

/** Matrices of several shapes, where the method trains factors that fit one (Tied-LoRA). */
export const equalShapes: Rule = {
  codes: ['shapes-unequal'],
  severity: 'error',
  check({ recipe, counted }) {
    return recipe.adapters.flatMap(({ method, target_modules }, index) => {
      const { title, equalShapes } = methodOf(method) ?? {};
      if (!equalShapes) return [];
      const own = (counted?.claims ?? []).filter((claim) => claim.index === index).map(({ module }) => module);
      const groups = [...byShape(own)].sort(([, a], [, b]) => b.length - a.length);
      if (groups.length < 2) return [];
      const list = groups.map(([shape, modules]) => `${shape}: ${namesOf(modules).join(', ')}`).join('; ');
      const message = `${title} shares its factors among matrices of one shape, and these have ${groups.length} (${list}). Give each shape an entry of its own.`;
      const replace = groups.flatMap(([shape, modules]) => keep(shape, modules, own));
      const path = ['adapters', index, ...(target_modules === undefined ? [] : ['target_modules'])];
      return [{ code: 'shapes-unequal', message, path, ...(target_modules !== undefined && { replace }) }];
    });
  },
};

function byShape(modules: readonly Module[]): Map<string, Module[]> {
  const groups = new Map<string, Module[]>();
  for (const module of modules) {
    const shape = `${module.m}×${module.n}`;
    const group = groups.get(shape);
    if (group) group.push(module);
    else groups.set(shape, [module]);
  }
  return groups;
}

const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
const namesOf = (modules: readonly Module[]): string[] => [...new Set(modules.map(({ name }) => last(name)))];

/** A fix where the last names of these modules are not those of others. */
function keep(shape: string, modules: readonly Module[], all: readonly Module[]): { title: string; text: string }[] {
  const names = namesOf(modules);
  const meant = all.filter(({ name }) => names.includes(last(name)));
  if (meant.length > modules.length) return [];
  return [{ title: `Keep those of ${shape}`, text: `[${names.join(', ')}]` }];
}

import { stringify } from 'yaml';
import { rootFields } from './fields.ts';
import { quantityText } from './quantity.ts';
import type { AdapterEntry, Recipe, SweepSection } from './types.ts';

/** Recipe data as YAML with every field spelled out: parsing it gives the same data again. What `recipe.peft` of a run holds. */
export function stringifyRecipe(recipe: Recipe): string {
  const { trainable, memory } = recipe.budget;
  const plain: Record<string, unknown> = {
    ...recipe,
    ...(recipe.sweep && { sweep: plainSweep(recipe.sweep) }),
    adapters: recipe.adapters.map(plainEntry),
    budget: {
      ...(trainable && { trainable: quantityText(trainable) }),
      ...(memory && { memory: quantityText(memory) }),
    },
  };
  const ordered = Object.fromEntries(
    rootFields.flatMap(({ name }) => (plain[name] === undefined || isEmpty(plain[name]) ? [] : [[name, plain[name]]])),
  );
  // Anchors would be shorter where two entries share a list, but harder to read.
  return stringify(ordered, { aliasDuplicateObjects: false, lineWidth: 0 });
}

const plainSweep = ({ grid, budget, ...drawn }: SweepSection): Record<string, unknown> => ({
  ...grid,
  ...drawn,
  ...(budget && { budget: `${budget.absolute}s` }),
});

/** The method's own fields stand beside the common ones; patterns that are empty may belong to a method that has none. */
function plainEntry({ options, rank_pattern, alpha_pattern, path, ...common }: AdapterEntry): Record<string, unknown> {
  const { name, method, ...rest } = common;
  return {
    name,
    ...(method !== '' && { method }),
    ...(path !== undefined && { path }),
    ...rest,
    ...options,
    ...(isEmpty(rank_pattern) ? {} : { rank_pattern }),
    ...(isEmpty(alpha_pattern) ? {} : { alpha_pattern }),
  };
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

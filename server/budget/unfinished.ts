import type { Recipe } from '../recipe/types.ts';

/** Fields that are read and estimated but that no run honours yet; a line goes when its feature comes. */
export const unfinished: readonly { path: string; used(recipe: Recipe): boolean; instead: string }[] = [
  { path: 'sweep', used: (r) => r.sweep !== undefined, instead: 'Run the recipe once for each value.' },
];

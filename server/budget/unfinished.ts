import type { Recipe } from '../recipe/types.ts';

/** Fields that are read and estimated but that no run honours yet; a line goes when its feature comes. */
export const unfinished: readonly { path: string; used(recipe: Recipe): boolean; instead: string }[] = [
  { path: 'data.packing', used: (r) => r.data?.packing === true, instead: 'Remove it.' },
  { path: 'training.group_by_length', used: (r) => r.training.group_by_length, instead: 'Remove it.' },
  { path: 'training.label_smoothing', used: (r) => r.training.label_smoothing > 0, instead: 'Remove it.' },
  { path: 'training.neftune_alpha', used: (r) => r.training.neftune_alpha !== undefined, instead: 'Remove it.' },
];

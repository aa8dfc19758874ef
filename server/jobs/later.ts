import { RankwiseError } from '../base/errors.ts';
import type { Recipe } from '../recipe/types.ts';

/** Fields that a recipe may hold already and that training does not honour yet: refusing them is better than ignoring them. */
const later: [field: string, wanted: (recipe: Recipe) => boolean][] = [
  ['data.packing', ({ data }) => data?.packing ?? false],
  ['training.gradient_checkpointing', ({ training }) => training.gradient_checkpointing],
  ['training.group_by_length', ({ training }) => training.group_by_length],
  ['training.label_smoothing', ({ training }) => training.label_smoothing > 0],
  ['training.neftune_alpha', ({ training }) => training.neftune_alpha !== undefined],
  ['training.early_stopping', ({ training }) => training.early_stopping !== undefined],
  ['training.metric', ({ training }) => training.metric !== 'loss'],
  ['training.backend', ({ training }) => !['auto', 'onnxruntime'].includes(training.backend)],
];

/** Throws `feature-later`. */
export function checkSupported(recipe: Recipe): void {
  const field = later.find(([, wanted]) => wanted(recipe))?.[0];
  if (field === undefined) return;
  throw new RankwiseError('feature-later', `${field} is not supported yet; it comes later.`, {
    field,
    hint: `Leave ${field} out.`,
  });
}

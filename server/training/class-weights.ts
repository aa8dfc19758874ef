/** `training.class_weights`: how much a row of each class counts in the training loss. */
import { RankwiseError } from '../base/errors.ts';
import { type Examples, ignored } from '../data/types.ts';
import type { TrainingSection } from '../recipe/types.ts';

/**
 * One weight a class. `balanced`: rows / (classes · rows of the class), as scikit-learn has it, so that every class counts the same; 1 for a class
 * that no row has. Throws `class-weights-count`.
 */
export function classWeightsOf(
  given: TrainingSection['class_weights'],
  examples: Examples,
  classes: number,
): Float32Array | undefined {
  if (given === undefined) return undefined;
  if (given !== 'balanced') {
    if (given.length === classes) return Float32Array.from(given);
    throw new RankwiseError('class-weights-count', classWeightsCount(given.length, classes), {
      field: 'training.class_weights',
      hint: 'Give one weight a class, in the order of the class numbers, or write `balanced`.',
    });
  }
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < examples.length; i++) {
    const [label] = examples.at(i)!.labels;
    if (label !== undefined && label !== ignored) counts[label]!++;
  }
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return Float32Array.from(counts, (count) => (count === 0 ? 1 : rows / (classes * count)));
}

const classWeightsCount = (given: number, classes: number): string =>
  `\`class_weights\` has ${given} ${given === 1 ? 'weight' : 'weights'}, the model ${classes} classes.`;

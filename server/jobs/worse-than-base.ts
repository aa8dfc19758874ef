import { lowerIsBetter, valueIn } from '../metrics/metrics.ts';
import type { Recipe } from '../recipe/types.ts';
import type { Progress } from '../training/state.ts';

/** A run that ends well and makes the model worse, by what the recipe goes by, is finished all the same; nobody should have to find out. */
export function worseThanBase(
  { base, adapted }: Pick<Progress, 'base' | 'adapted'>,
  { metric = 'loss', optimizer }: Recipe['training'],
): { code: string; message: string } | undefined {
  const [before, after] = [base, adapted].map((each) => each && valueIn(each, metric));
  if (before === undefined || after === undefined) return undefined;
  if (lowerIsBetter(metric) ? after <= before : after >= before) return undefined;
  const [from, to] = [before, after].map((value) => value.toPrecision(4));
  return {
    code: 'worse-than-base',
    message:
      `The validation ${metric} went from ${from} to ${to}: the result is worse than the base model. ` +
      `Lower training.optimizer.learning_rate (now ${optimizer.learning_rate}), or train longer.`,
  };
}

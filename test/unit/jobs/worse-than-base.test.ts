import { expect, test } from 'vitest';
import { worseThanBase } from '../../../server/jobs/worse-than-base.ts';
import type { Recipe } from '../../../server/recipe/types.ts';

const optimizer = { learning_rate: 0.5 };
const training = (metric?: string) => ({ optimizer, ...(metric && { metric }) }) as Recipe['training'];
const [base, adapted] = [
  { loss: 1, metrics: { f1: 0.5, mae: 1 } },
  { loss: 2, metrics: { f1: 0.7, mae: 3 }, step: 9 },
];

test('a result is worse by the metric that the recipe goes by, by the loss where it names none', () => {
  expect(worseThanBase({ base, adapted }, training())?.message).toMatch(
    /^The validation loss went from 1.000 to 2.000.*0.5/,
  );
  expect(worseThanBase({ base, adapted }, training('mae'))?.message).toContain('The validation mae went');
  expect(worseThanBase({ base, adapted }, training('f1'))).toBeUndefined();
  expect(worseThanBase({ base }, training())).toBeUndefined();
  expect(worseThanBase({ base, adapted }, training('pearson'))).toBeUndefined();
});

import { unfinished } from '../unfinished.ts';
import type { Rule } from './rule.ts';

/** Said while typing, refused at launch. */
export const notYet: Rule = {
  codes: ['feature-later'],
  severity: 'warning',
  atLaunch: 'error',
  check: ({ recipe }) =>
    unfinished
      .filter(({ used }) => used(recipe))
      .map(({ path, instead }) => ({
        code: 'feature-later',
        message: `A run cannot honour this \`${path}\` yet. ${instead}`,
        path,
      })),
};

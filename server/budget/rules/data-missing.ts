import type { Rule } from './rule.ts';

/** A recipe without data can be validated and estimated, but not run. */
export const dataMissing: Rule = {
  codes: ['data-missing'],
  severity: 'information',
  atLaunch: 'error',
  check: ({ recipe, document }) =>
    recipe.data || document.has('data')
      ? []
      : [
          {
            code: 'data-missing',
            message: 'There is no `data` yet: the recipe can be estimated but not run. Add `data: { train: … }`.',
            path: 'data',
          },
        ],
};

import { count } from '../../base/units.ts';
import type { Rule } from './rule.ts';

/** `rank: auto` without anything to fit, or where not even rank 1 fits. */
export const autoRankRule: Rule = {
  codes: ['auto-needs-budget', 'auto-fits-nothing'],
  severity: 'error',
  check: ({ recipe, counted }) =>
    recipe.adapters.flatMap((entry, i) => {
      if (entry.rank !== 'auto') return [];
      const path = `adapters.${i}.rank`;
      const { trainable, memory } = recipe.budget;
      if (trainable === undefined && memory === undefined) {
        const message =
          '`auto` takes the largest rank that fits the budget, and there is none: add `budget: { trainable: 100k }`.';
        return [{ code: 'auto-needs-budget', message, path }];
      }
      // Not resolved although the model is known; other faults explain themselves.
      if (!counted || counted.matching.length > 0) return [];
      const limit = counted.limits.trainable;
      const what = limit === undefined ? 'the memory budget' : `the budget of ${count(limit)} parameters`;
      return [
        { code: 'auto-fits-nothing', message: `Not even rank 1 fits ${what}; raise it or adapt fewer modules.`, path },
      ];
    }),
};

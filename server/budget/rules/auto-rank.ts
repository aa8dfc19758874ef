import { bytes, count } from '../../base/units.ts';
import { autoFields } from '../sizes.ts';
import type { Rule } from './rule.ts';

/** `auto` without anything to fit, or where not even the smallest fits. */
export const autoRankRule: Rule = {
  codes: ['auto-needs-budget', 'auto-fits-nothing'],
  severity: 'error',
  check: ({ recipe, counted }) =>
    recipe.adapters.flatMap((entry, i) =>
      autoFields(entry).flatMap(({ name, minimum = 1 }) => {
        const path = `adapters.${i}.${name}`;
        const { trainable, memory } = recipe.budget;
        if (trainable === undefined && memory === undefined) {
          const message = `\`auto\` takes the largest \`${name}\` that fits the budget, and there is none: add \`budget: { trainable: 100k }\`.`;
          return [{ code: 'auto-needs-budget', message, path }];
        }
        // Not resolved although the model is known; other faults explain themselves.
        if (!counted || counted.matching.length > 0) return [];
        const { trainable: parameters, memory: most } = counted.limits;
        const of = [
          ...(parameters === undefined ? [] : [`${count(parameters)} parameters`]),
          ...(most === undefined ? [] : [`${bytes(most)} of memory`]),
        ].join(' and ');
        const message = `Not even \`${name}: ${minimum}\` fits the budget of ${of}; raise it or adapt fewer modules.`;
        return [{ code: 'auto-fits-nothing', message, path }];
      }),
    ),
};

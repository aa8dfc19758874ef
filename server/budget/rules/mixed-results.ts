import { methodOf } from '../../methods/registry.ts';
import type { Rule } from './rule.ts';

/** One entry gives an adapter, another a whole model: a run has one kind of result. */
export const mixedResults: Rule = {
  codes: ['mixed-results'],
  severity: 'error',
  check({ recipe }) {
    const results = recipe.adapters.map((entry) => methodOf(entry.method)?.result);
    const first = results.find((result) => result !== undefined);
    const other = results.findIndex((result) => result !== undefined && result !== first);
    if (other < 0) return [];
    const { method } = recipe.adapters[other]!;
    const message = `\`${method}\` results in ${results[other] === 'model' ? 'a model' : 'an adapter'}, the entries before it in ${first === 'model' ? 'a model' : 'an adapter'}; train them in two runs.`;
    return [{ code: 'mixed-results', message, path: `adapters.${other}.method` }];
  },
};

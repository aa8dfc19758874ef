import { methodOf } from '../../methods/registry.ts';
import type { Rule } from './rule.ts';

/** Fields of a method that name adapted modules, with names that no adapted module ends with. */
export const namedModules: Rule = {
  codes: ['name-matches-nothing'],
  severity: 'error',
  check({ recipe, counted }) {
    if (!counted) return [];
    return recipe.adapters.flatMap(({ method, options }, index) => {
      const own = counted.claims.filter((claim) => claim.index === index).map(({ module }) => module.name);
      if (own.length === 0) return [];
      return (methodOf(method)?.moduleFields ?? []).flatMap((field) =>
        ((options[field] as string[] | undefined) ?? []).flatMap((item, i) => {
          if (own.some((name) => name.endsWith(item))) return [];
          const message = `\`${item}\` ends the name of no module that this entry adapts. Name targets, or remove it.`;
          return [{ code: 'name-matches-nothing', message, path: ['adapters', index, field, i] }];
        }),
      );
    });
  },
};

import { methodOf } from '../../methods/registry.ts';
import type { Rule } from './rule.ts';

/** Matrices of several shapes share factors as large as the largest (VeRA): the others use a part of them. */
export const sliced: Rule = {
  codes: ['shapes-differ'],
  severity: 'hint',
  check({ recipe, counted }) {
    return recipe.adapters.flatMap(({ method, target_modules }, index) => {
      const { title, entryFactors } = methodOf(method) ?? {};
      if (!entryFactors) return [];
      const own = (counted?.claims ?? []).filter((claim) => claim.index === index).map(({ module }) => module);
      const shapes = [...new Set(own.map(({ m, n }) => `${m}×${n}`))];
      if (shapes.length < 2) return [];
      const shared = `${Math.max(...own.map(({ m }) => m))}×r and r×${Math.max(...own.map(({ n }) => n))}`;
      const message = `The matrices have ${shapes.length} shapes (${shapes.join(', ')}). ${title} shares one pair of factors, ${shared}, of which smaller ones use a slice; an entry for each shape has its own.`;
      const path = ['adapters', index, ...(target_modules === undefined ? [] : ['target_modules'])];
      return [{ code: 'shapes-differ', message, path }];
    });
  },
};

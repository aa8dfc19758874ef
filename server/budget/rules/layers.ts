import type { Finding } from '../finding.ts';
import type { Rule } from './rule.ts';

/** `layers_to_transform` beyond the model's layers. */
export const layers: Rule = {
  codes: ['layer-out-of-range'],
  severity: 'error',
  check({ recipe, counted, document }) {
    if (!counted) return [];
    const { table } = counted;
    return recipe.adapters.flatMap(({ layers_to_transform: chosen }, i) => {
      if (chosen === 'all') return [];
      const path = `adapters.${i}.layers_to_transform`;
      return chosen.flatMap((layer, k): Finding[] => {
        // A range such as "4-11" is one value: its last layer speaks for it.
        const item = document.has(`${path}.${k}`);
        if (layer < table.layers || (!item && k < chosen.length - 1)) return [];
        const message = `The model has the layers 0 to ${table.layers - 1}; ${layer} is none of them.`;
        return [{ code: 'layer-out-of-range', message, path: item ? `${path}.${k}` : path }];
      });
    });
  },
};

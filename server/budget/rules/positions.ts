import type { Rule } from './rule.ts';

/** Rows as long as the recipe says are more than the model has positions for: they are cut earlier. */
export const positions: Rule = {
  codes: ['length-beyond-positions'],
  severity: 'warning',
  check({ recipe, document, counted }) {
    const path = 'data.max_length';
    if (!counted || !recipe.data || recipe.model.task === 'image-classification' || !document.has(path)) return [];
    const { maxPositions } = counted.table.shape;
    if (recipe.data.max_length <= maxPositions) return [];
    const message = `The model has ${maxPositions} positions: rows are cut to as many tokens, not to ${recipe.data.max_length}.`;
    return [
      {
        code: 'length-beyond-positions',
        message,
        path,
        replace: [{ title: `Set to ${maxPositions}`, text: `${maxPositions}` }],
      },
    ];
  },
};

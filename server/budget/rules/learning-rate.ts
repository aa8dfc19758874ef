import { methodOf } from '../../methods/registry.ts';
import type { Rule } from './rule.ts';

/** How far from the method's usual rate a learning rate may be without a word; a little more for what decimals round. */
const factor = 10 * (1 + 1e-9);

/** A learning rate that is far from what the method's paper used. */
export const learningRate: Rule = {
  codes: ['unusual-learning-rate'],
  severity: 'hint',
  check({ recipe, document }) {
    const path = 'training.optimizer.learning_rate';
    const rate = recipe.training.optimizer.learning_rate;
    if (rate === 0 || !document.has(path)) return [];
    for (const { method: id, options } of recipe.adapters) {
      const method = methodOf(id);
      if (!method) continue;
      const usual = method.learningRateOf?.(options) ?? method.learningRate;
      if (rate <= usual * factor && rate >= usual / factor) continue;
      const side = rate > usual ? 'high' : 'low';
      const message = `${rate} is unusually ${side} for ${method.title}; ${usual} is usual.`;
      const replace = [{ title: `Set to ${usual}`, text: usual.toExponential().replace(/^(\d)e/, '$1.0e') }];
      return [{ code: 'unusual-learning-rate', message, path, replace }];
    }
    return [];
  },
};

import { methodOf } from '../../methods/registry.ts';
import type { Rule } from './rule.ts';

/** How far from the method's usual rate a learning rate may be without a word. */
const factor = 30;

/** A learning rate far from what the method's paper used. */
export const learningRate: Rule = {
  codes: ['unusual-learning-rate'],
  severity: 'hint',
  check({ recipe }) {
    const rate = recipe.training.optimizer.learning_rate;
    const entry = recipe.adapters.find(({ method }) => methodOf(method));
    const method = entry && methodOf(entry.method);
    if (!method || rate === 0) return [];
    const usual = method.learningRateOf?.(entry.options) ?? method.learningRate;
    if (rate <= usual * factor && rate >= usual / factor) return [];
    const side = rate > usual ? 'high' : 'low';
    const message = `${rate} is unusually ${side} for ${method.title}; ${usual} is usual.`;
    return [{ code: 'unusual-learning-rate', message, path: 'training.optimizer.learning_rate' }];
  },
};

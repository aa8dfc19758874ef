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
    const method = recipe.adapters.map((entry) => methodOf(entry.method)).find((m) => m !== undefined);
    if (!method || rate === 0 || (rate <= method.learningRate * factor && rate >= method.learningRate / factor))
      return [];
    const side = rate > method.learningRate ? 'high' : 'low';
    const message = `${rate} is unusually ${side} for ${method.title}; ${method.learningRate} is usual.`;
    return [{ code: 'unusual-learning-rate', message, path: 'training.optimizer.learning_rate' }];
  },
};

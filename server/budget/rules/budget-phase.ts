import { methodOf } from '../../methods/registry.ts';
import type { Rule } from './rule.ts';

/** Without `max_steps` the number of steps follows from the data, which a run counts at its start. */
export const totalSteps: Rule = {
  codes: ['total-steps-unknown'],
  severity: 'hint',
  check({ recipe }) {
    if (recipe.training.max_steps !== undefined) return [];
    return recipe.adapters.flatMap(({ method, options: { tinit, tfinal, live } }, index) => {
      if (live !== undefined || typeof tinit !== 'number' || typeof tfinal !== 'number') return [];
      const message = `${methodOf(method)?.title} takes ranks away over the steps of the run; without \`max_steps\` their number is known when it starts, and tinit ${tinit} and tfinal ${tfinal} are checked then.`;
      return [{ code: 'total-steps-unknown', message, path: ['adapters', index, 'method'] }];
    });
  },
};

/** A schedule of ranks that `max_steps` leaves no room for. Without `max_steps` the run itself knows, and says so at its start. */
export const budgetPhase: Rule = {
  codes: ['no-budget-phase'],
  severity: 'error',
  check({ recipe }) {
    const { max_steps: steps } = recipe.training;
    if (steps === undefined) return [];
    return recipe.adapters.flatMap(({ options: { tinit, tfinal, live } }, index) => {
      if (live !== undefined) return [];
      if (typeof tinit !== 'number' || typeof tfinal !== 'number' || tinit + tfinal < steps) return [];
      const message = `tinit ${tinit} and tfinal ${tfinal} leave none of the ${steps} steps to take ranks away; lower one, or raise \`max_steps\`.`;
      return [{ code: 'no-budget-phase', message, path: ['adapters', index, tfinal >= tinit ? 'tfinal' : 'tinit'] }];
    });
  },
};

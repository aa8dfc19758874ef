import type { Rule } from './rule.ts';

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

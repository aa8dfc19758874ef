import type { ErrorData } from '../../base/errors.ts';
import type { Rule } from './rule.ts';

/** What reading the model's files found. The code is that of the fault. */
export const model: Rule = {
  codes: [],
  severity: 'error',
  check({ world, recipe }) {
    if (recipe.model.path === '') return [];
    const { modelError: fault } = world;
    // Faults of the files show at the path; those that name a field of the recipe show there.
    if (fault) {
      const path = fault.field?.startsWith('model.') ? fault.field : 'model.path';
      return [{ code: fault.code, message: sentence(fault), path }];
    }
    return (world.model?.problems ?? []).map((problem) => ({
      code: problem.code,
      message: sentence(problem),
      path: 'model.path',
      // Counting needs no weights; a run does.
      severity: world.launch && problem.code === 'weights-missing' ? ('error' as const) : problem.severity,
    }));
  },
};

export const sentence = ({ message, hint }: Pick<ErrorData, 'message' | 'hint'>): string =>
  [message.replace(/[^.!?]$/, '$&.'), hint].filter(Boolean).join(' ');

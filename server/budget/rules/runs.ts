import { canRun, families, runnable } from '../../architectures/families.ts';
import { capital } from '../../base/wording.ts';
import type { Rule } from './rule.ts';

/** A model whose modules are known, and whose forward graph is not there yet. Said while typing, refused at launch. */
export const runs: Rule = {
  codes: ['model-not-runnable'],
  severity: 'warning',
  atLaunch: 'error',
  check({ recipe, counted }) {
    if (!counted || canRun(counted.table, recipe.model.task)) return [];
    const family = families.find(({ id }) => id === counted.table.family);
    // Another task than the model can have is an error of its own.
    if (family && !family.tasks.includes(recipe.model.task)) return [];
    if (family && family.runs.length > 0) {
      const message = `${family.title} does not run for \`${recipe.model.task}\` yet, only for ${family.runs.join(', ')}. Everything is counted.`;
      return [{ code: 'model-not-runnable', message, path: 'model.task' }];
    }
    const { architecture } = counted.table;
    const what = family?.title ?? capital(architecture);
    const message = `${what} cannot be trained yet: it is counted, compared and decomposed. Models that run: ${runnable().join(', ')}.`;
    return [{ code: 'model-not-runnable', message, path: 'model.path' }];
  },
};

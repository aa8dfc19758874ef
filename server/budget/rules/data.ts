import { RankwiseError } from '../../base/errors.ts';
import { nearest } from '../../base/suggest.ts';
import { layoutOf } from '../../datafiles/layouts.ts';
import type { SplitFacts } from '../../datafiles/types.ts';
import type { Finding } from '../finding.ts';
import { sentence } from './model.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Files that are missing or unreadable, and columns that the task needs. The code is that of the fault. */
export const data: Rule = {
  codes: [],
  severity: 'error',
  check: (context) => [...split(context, 'train'), ...split(context, 'validation')],
};

function split({ recipe, world }: RuleContext, name: 'train' | 'validation'): Finding[] {
  const facts: SplitFacts | undefined = world.data?.[name];
  if (!recipe.data || !facts) return [];
  const path = `data.${name}`;
  if (facts.error) return [{ code: facts.error.code, message: sentence(facts.error), path }];
  if (facts.columns.length === 0) return [];
  try {
    layoutOf(recipe.model.task, recipe.data.columns, facts.columns, facts.files[0] ?? path);
    return [];
  } catch (error) {
    // A task without a data layout is reported by its own rule.
    if (!(error instanceof RankwiseError) || error.code === 'task-later') return [];
    const role = Object.entries(recipe.data.columns).find(([, column]) => column === error.field)?.[0];
    const at = role !== undefined ? `data.columns.${role}` : error.code === 'unknown-role' ? 'data.columns' : path;
    const near =
      role !== undefined && error.code === 'missing-column' ? nearest(error.field!, facts.columns) : undefined;
    const replace =
      near === undefined ? {} : { replace: [{ title: `Replace with ${near}`, text: JSON.stringify(near) }] };
    return [{ code: error.code, message: sentence(error.toJSON()), path: at, ...replace }];
  }
}

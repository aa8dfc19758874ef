import { bytes, count } from '../../base/units.ts';
import type { Recipe } from '../../recipe/types.ts';
import type { Finding } from '../finding.ts';
import { fittingSize } from '../fit.ts';
import type { Limits } from '../limits.ts';
import { autoFields, fieldValue } from '../sizes.ts';
import { fitsNothing } from './auto-rank.ts';
import type { Counted, Rule } from './rule.ts';

/** More adapter parameters or more memory than the recipe allows itself. */
export const limits: Rule = {
  codes: ['budget-exceeded'],
  severity: 'error',
  check({ recipe, counted }) {
    // Where `auto` fits nothing its own rule has said how much is too much.
    if (!counted || (fitsNothing(counted) && recipe.adapters.some((entry) => autoFields(entry).length > 0))) return [];
    const { estimate, limits } = counted;
    const findings: Finding[] = [];
    const code = 'budget-exceeded';
    if (limits.trainable !== undefined && estimate.adapterParameters > limits.trainable) {
      const over = estimate.adapterParameters - limits.trainable;
      const set = fitting(recipe, counted, { trainable: limits.trainable, memory: undefined });
      const message = `The adapters have ${count(estimate.adapterParameters)} parameters, ${count(over)} more than the budget of ${count(limits.trainable)}. Lower the rank, use \`rank: auto\`, or adapt fewer modules.`;
      findings.push({ code, message, path: 'budget.trainable', set });
    }
    if (limits.memory !== undefined && estimate.memory.expected > limits.memory) {
      const set = fitting(recipe, counted, { trainable: undefined, memory: limits.memory });
      const message = `Training needs about ${bytes(estimate.memory.expected)} (${bytes(estimate.memory.low)} to ${bytes(estimate.memory.high)}), more than the budget of ${bytes(limits.memory)}. Lower \`training.batch_size\` or \`data.max_length\`${recipe.training.gradient_checkpointing ? '' : ', or set `training.gradient_checkpointing: true`'}.`;
      findings.push({ code, message, path: 'budget.memory', set });
    }
    return findings;
  },
};

/** Entries that are tried; a recipe has one or two. */
const most = 4;

/** *Fit rank to budget*: for each entry the largest size with which the whole recipe keeps to the limit, if there is one. */
function fitting(recipe: Recipe, { table, matched }: Counted, limits: Limits): NonNullable<Finding['set']> {
  return recipe.adapters.slice(0, most).flatMap((entry, index) => {
    const found = fittingSize(recipe, table, matched, limits, index);
    if (!found) return [];
    const { field, size } = found;
    const of = recipe.adapters.length > 1 ? ` of ${entry.name}` : '';
    const title = `Fit ${field}${of} to the budget: ${fieldValue(entry, field) ?? 'its default'} → ${size}`;
    return [{ title, entries: new Map([[index, { [field]: size }]]) }];
  });
}

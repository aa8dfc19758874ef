import { bytes, count } from '../../base/units.ts';
import { smallestSize } from '../fit.ts';
import { autoFields } from '../sizes.ts';
import type { Counted, Rule } from './rule.ts';

/** `auto` without anything to fit; or where not even the smallest fits, once for all that say `auto`. */
export const autoRankRule: Rule = {
  codes: ['auto-needs-budget', 'auto-fits-nothing'],
  severity: 'error',
  check({ recipe, counted }) {
    const asked = recipe.adapters.flatMap((entry, i) =>
      autoFields(entry).map(({ name }) => ({ name, path: `adapters.${i}.${name}` })),
    );
    const { trainable, memory } = recipe.budget;
    if (trainable === undefined && memory === undefined)
      return asked.map(({ name, path }) => {
        const message = `\`auto\` takes the largest \`${name}\` that fits the budget, and there is none: add \`budget: { trainable: 100k }\`.`;
        return { code: 'auto-needs-budget', message, path };
      });
    const [first] = asked;
    return first && fitsNothing(counted)
      ? [{ code: 'auto-fits-nothing', message: tooMuch(first.name, counted), path: first.path }]
      : [];
  },
};

/** Not resolved although the model is known; other faults explain themselves. */
export const fitsNothing = (counted: Counted | undefined): counted is Counted =>
  counted !== undefined && counted.matching.length === 0;

/** The estimate is that of the smallest size. */
function tooMuch(name: string, { matched, estimate, limits }: Counted): string {
  const { trainable = Infinity, memory = Infinity } = limits;
  const over = [
    ...(estimate.adapterParameters > trainable
      ? [`${count(estimate.adapterParameters)} parameters, more than the budget of ${count(trainable)}`]
      : []),
    ...(estimate.memory.expected > memory
      ? [`about ${bytes(estimate.memory.expected)} of memory, more than the budget of ${bytes(memory)}`]
      : []),
  ];
  const smallest = `\`${name}: ${smallestSize(matched)}\``;
  // Within the limits, but not what its matrices take.
  if (over.length === 0) return `No \`${name}\` fits the matrices of the entry.`;
  return `Even ${smallest} needs ${over.join(', and ')}. ${estimate.memory.expected > memory ? 'Raise the budget, adapt fewer modules, or lower `training.batch_size`.' : 'Raise the budget, or adapt fewer modules.'}`;
}

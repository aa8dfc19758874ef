/** The largest sizes that the budget leaves. */
import type { ModuleTable } from '../architectures/types.ts';
import { methodOf } from '../methods/registry.ts';
import type { Recipe } from '../recipe/types.ts';
import { claimMatched, type Matching } from './claims.ts';
import { estimateClaims } from './estimate.ts';
import { type Limits, within } from './limits.ts';
import { autoFields, sizeField, withField } from './sizes.ts';

/** No size of any matrix is larger. */
const most = 2 ** 31;

/**
 * The largest size at which all that say `auto` together fit their matrices and the limits: counts and memory grow with it, so that it is found by
 * halves. Undefined when not even the smallest fits.
 */
export function autoSize(recipe: Recipe, table: ModuleTable, matching: Matching, limits: Limits): number | undefined {
  const asked = new Map(
    matching.entries.map(({ index, entry, method }) => [index, autoFields(entry, method).map(({ name }) => name)]),
  );
  const fits = (size: number): boolean => {
    const claims = claimMatched(matching, size);
    const suits = claims.every(({ index, entry, module, settings }) => {
      const fields = asked.get(index);
      if (!fields?.length) return true;
      return !methodOf(entry.method)!
        .check(module, settings)
        .some(({ field }) => fields.includes(field));
    });
    return suits && within(estimateClaims(recipe, table, { ...matching, claims }), limits);
  };
  const smallest = smallestSize(matching);
  if (smallest === undefined || !fits(smallest)) return undefined;
  let low = smallest;
  let high = 2 * low + 1;
  while (high < most && fits(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** What `auto` tries first; undefined where no entry says `auto`. */
export function smallestSize(matching: Matching): number | undefined {
  const fields = matching.entries.flatMap(({ entry, method }) => autoFields(entry, method));
  return fields.length === 0 ? undefined : Math.max(...fields.map(({ minimum = 1 }) => minimum));
}

/** What one entry may have at most for the whole recipe to stay within the limits, all others as they are; undefined where nothing helps. */
export function fittingSize(
  recipe: Recipe,
  table: ModuleTable,
  matching: Matching,
  limits: Limits,
  index: number,
): { field: string; size: number } | undefined {
  const own = matching.entries.find((entry) => entry.index === index);
  const field = own && sizeField(own.method, own.options);
  if (!field || own.entry.path !== undefined) return undefined;
  const entries = matching.entries.map((other) =>
    other === own ? { ...other, entry: withField(own.entry, field.name, 'auto') } : other,
  );
  const size = autoSize(recipe, table, { ...matching, entries }, limits);
  return size === undefined ? undefined : { field: field.name, size };
}

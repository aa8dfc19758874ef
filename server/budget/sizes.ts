/** How much an entry trains: its rank, or what its method has in a rank's place. `auto` leaves it to the budget (fit.ts). */
import { methodOf } from '../methods/registry.ts';
import type { Method } from '../methods/types.ts';
import type { AdapterEntry, FieldSpec, Recipe } from '../recipe/types.ts';

/** The value of a field of its method. */
export const fieldValue = ({ rank, options }: AdapterEntry, field: string): unknown =>
  field === 'rank' ? rank : options[field];

/** The entry's fields that say `auto`. */
export const autoFields = (entry: AdapterEntry, method = methodOf(entry.method)): FieldSpec[] =>
  (method?.fields ?? []).filter(({ name, words }) => words?.includes('auto') && fieldValue(entry, name) === 'auto');

/** The field whose number says how much the entry trains; undefined where nothing does (`svft` of the pattern `plain`). */
export function sizeField(method: Method, options: Record<string, unknown>): FieldSpec | undefined {
  const name = method.sizeField ? method.sizeField(options) : 'rank';
  return method.fields.find((field) => field.name === name && field.words?.includes('auto'));
}

/** With `size` in place of every `auto`, or the field's default where that is not known. alpha follows the rank where it is not given. */
export function sized(entry: AdapterEntry, size: number | undefined): AdapterEntry {
  return autoFields(entry).reduce((known, { name, default: usual }) => {
    const value = size ?? (usual as number | undefined);
    return withField(known, name, value);
  }, entry);
}

/** The entry with another number, or `auto`, in one field; undefined: as if it were not written. */
export function withField(entry: AdapterEntry, name: string, value: number | 'auto' | undefined): AdapterEntry {
  if (name !== 'rank') return { ...entry, options: { ...entry.options, [name]: value } };
  const { alpha = value } = entry;
  return { ...entry, ...(value !== undefined && { rank: value }), ...(typeof alpha === 'number' && { alpha }) };
}

/** The recipe with every `auto` replaced, where there is a size for it. */
export const withSize = (recipe: Recipe, size: number | undefined): Recipe =>
  size === undefined ? recipe : { ...recipe, adapters: recipe.adapters.map((entry) => sized(entry, size)) };

/** Recipe paths that a sweep can vary. */
import { methods } from '../methods/registry.ts';
import { fieldAt, fieldsOfEntry, rootFields } from '../recipe/fields.ts';
import { hasOneValue, sweptKeys } from '../recipe/sweep.ts';
import type { FieldPath, FieldSpec } from '../recipe/types.ts';
import type { RecipeState } from './state.ts';

/** The field that "adapters.0.rank" leads to in this recipe. */
export function sweptPath(state: RecipeState, path: string): { path: FieldPath; field: FieldSpec } | undefined {
  const keys = sweptKeys(path);
  const field = fieldAt(keys, methods, (index) => state.recipe.partial.adapters[index]?.method);
  return field && { path: keys, field };
}

/** What is swept most comes first: fields of the entries, then training. Texts are left out: they are names and places. */
export function sweepPaths(state: RecipeState): { path: string; field: FieldSpec }[] {
  const entries = state.recipe.partial.adapters.flatMap(({ method }, i) =>
    fieldsOfEntry(methods[method as keyof typeof methods]).flatMap((field) => leaf(`adapters.${i}`, field)),
  );
  const sections = ['training', 'data', 'model', 'budget'].flatMap((name) =>
    rootFields.filter((field) => field.name === name).flatMap((field) => leaf('', field)),
  );
  return [...entries, ...sections];
}

function leaf(around: string, field: FieldSpec): { path: string; field: FieldSpec }[] {
  const path = around === '' ? field.name : `${around}.${field.name}`;
  if (field.type === 'section') return (field.fields ?? []).flatMap((inner) => leaf(path, inner));
  return hasOneValue(field) && field.type !== 'string' ? [{ path, field }] : [];
}

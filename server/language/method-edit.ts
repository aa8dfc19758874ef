/** `rankwise/methodEdit`: what is to be written into a recipe so that an entry uses another method, form or rank. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { analyse } from '../budget/analyse.ts';
import { hasRank, methodOf, methods } from '../methods/registry.ts';
import type { LanguageRequests } from '../protocol/language.ts';
import { entryFieldEdits } from '../recipe/entry-fields.ts';
import { fieldsOfEntry } from '../recipe/fields.ts';
import { parseRecipe } from '../recipe/parse.ts';
import type { FieldSpec } from '../recipe/types.ts';
import { refuse, refuseUnopened } from './refusals.ts';
import type { RecipeState } from './state.ts';

type Params = LanguageRequests['rankwise/methodEdit']['params'];
type Result = LanguageRequests['rankwise/methodEdit']['result'];

/** A row has one rank for all matrices, or none. */
const notOfRow = new Set(['rank', 'rank_pattern', 'alpha_pattern']);
/** Methods that train the model itself are compared on all of it. */
const targets = new Set(['target_modules', 'exclude_modules', 'layers_to_transform']);

/**
 * Fields that the new method does not have are taken out, and `rank_pattern` with them: the rank is one for all. Refusals: `recipe-not-open`,
 * `unknown-method`, `saved-adapter`, `recipe-not-editable`.
 */
export function methodEdit(
  state: RecipeState | undefined,
  { entry, method: id, form, rank }: Omit<Params, 'uri'>,
): Result {
  if (!state) return refuseUnopened();
  const method = methodOf(id);
  const present = state.recipe.partial.adapters[entry];
  if (!method || !present)
    return refuse('unknown-method', `The recipe has no entry ${entry}, or there is no method ${id}.`);
  if (present.path !== undefined)
    return refuse('saved-adapter', `\`${present.name}\` goes on from a saved adapter, whose files say its method.`);
  const known = new Map(fieldsOfEntry(method).map((field) => [field.name, field]));
  const stays = (field: FieldSpec): boolean =>
    sameField(field, known.get(field.name)) && !(method.kind === 'parameters' && targets.has(field.name));
  const gone = fieldsOfEntry(methodOf(present.method)).filter((field) => notOfRow.has(field.name) || !stays(field));
  const options = method.forms?.find(({ label }) => label === form)?.options ?? {};
  const edits = entryFieldEdits(state.document.getText(), entry, {
    ...Object.fromEntries(gone.map(({ name }) => [name, undefined])),
    method: id,
    ...(options as Record<string, string | number>),
    ...(rank !== undefined && hasRank(method) && { rank }),
  });
  if (!edits) return refuse('recipe-not-editable', notEditable);
  const text = TextDocument.applyEdits(state.document, edits);
  const after = analyse(parseRecipe(text, methods, state.recipe.partial.name), state.world);
  const meant = after.claims.some(({ index, entry: { method: now } }) => index === entry && now === id);
  return meant ? { edits } : refuse('recipe-not-editable', notEditable);
}

/** Two methods may mean different things by one name. */
const sameField = (a: FieldSpec, b: FieldSpec | undefined): boolean =>
  a.type === b?.type && String(a.values) === String(b.values);

const notEditable = 'This method cannot be written into the recipe: its text is faulty, or the entry takes no matrix.';

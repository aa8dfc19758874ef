/** What can stand at the cursor: keys of the section, values, methods with their cost, and the model's real module names. */

import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  InsertTextMode,
  type Position,
  type TextEdit,
} from 'vscode-languageserver-types';
import { methodOf, methods } from '../methods/registry.ts';
import { fieldAt, fieldsOfEntry, rootFields, sweepKeys } from '../recipe/fields.ts';
import type { FieldPath, FieldSpec } from '../recipe/types.ts';
import { type Cursor, cursorAt } from './cursor.ts';
import { methodText } from './facts.ts';
import { describe } from './hover.ts';
import type { Look, Places } from './places.ts';
import { isReadable, type RecipeState } from './state.ts';
import { sweepPaths } from './sweep-paths.ts';
import { templatesAt } from './templates.ts';
import { claimedTargets, type Value, valuesOf } from './values.ts';

/** What `resolveCompletion` documents: a field by its path, or a method. */
type ItemData = { path: FieldPath; method: string } | { method: string };

export async function completionsAt(
  state: RecipeState,
  position: Position,
  { places, snippets }: CompletionContext,
): Promise<CompletionList> {
  const cursor = isReadable(state) ? cursorAt(state.document.getText(), state.document.offsetAt(position)) : undefined;
  if (!cursor) return { isIncomplete: false, items: [] };
  const { answer, complete } = await places.look((look) => itemsFor(state, cursor, look, snippets));
  return { isIncomplete: !complete, items: answer };
}

/** What the answer depends on besides the recipe: the disk, and whether the editor knows snippets. */
export interface CompletionContext {
  places: Places;
  snippets: boolean;
}

function itemsFor(state: RecipeState, cursor: Cursor, look: Look, snippets: boolean): CompletionItem[] {
  const { path, role } = cursor;
  const methodAt = (index: number) => state.recipe.partial.adapters[index]?.method;
  const holder = fieldAt(path, methods, methodAt);
  const last = path.at(-1);
  const inEntry = holder?.type === 'entries' && typeof last === 'number';
  if (role === 'key') {
    const method = inEntry ? methodAt(last) : undefined;
    const fields = path.length === 0 ? rootFields : inEntry ? fieldsOfEntry(methodOf(method ?? '')) : fieldsIn(holder);
    const templates = templatesAt(state, cursor, look, snippets);
    // Where a list is to begin there are no keys yet.
    if (holder?.type === 'entries' && !inEntry) return templates;
    if (fields) return [...keys(state, cursor, fields, method ?? ''), ...templates];
    const named = holder && namedKeys(state, holder, path);
    if (named) return values(state, { ...cursor, colon: !cursor.hasColon }, untaken(cursor, named));
  }
  // A word alone on its line reads as a key; under a field that holds no keys it is a value or an item.
  if (!holder || fieldsIn(holder)) return [];
  const typed = state.document.getText().slice(cursor.start, cursor.end);
  const all = valuesOf(state, holder, path, typed, look);
  return values(state, cursor, role === 'value' ? all : untaken(cursor, all));
}

/** Keys that the recipe does not fix: module names of patterns, and the paths of a sweep. */
function namedKeys(state: RecipeState, holder: FieldSpec, path: FieldPath): Value[] | undefined {
  const [section, index] = path;
  if (holder.type === 'sweep' && path.length === 1)
    return [
      ...sweepPaths(state).map(({ path: text, field }) => ({
        text,
        insert: JSON.stringify(text),
        kind: CompletionItemKind.Property,
        doc: field.doc,
      })),
      ...sweepKeys.map(({ name: text, doc }) => ({ text, kind: CompletionItemKind.Property, doc })),
    ];
  if (holder.type === 'map' && section === 'adapters' && typeof index === 'number' && path.length === 3)
    return claimedTargets(state, index);
  return undefined;
}

const untaken = ({ taken }: Cursor, all: Value[]): Value[] => all.filter(({ text }) => !taken.includes(text));

const fieldsIn = (field: FieldSpec | undefined): readonly FieldSpec[] | undefined => field?.fields ?? field?.keys;

function keys(state: RecipeState, cursor: Cursor, fields: readonly FieldSpec[], method: string): CompletionItem[] {
  const open = fields.filter((field) => !cursor.taken.includes(field.name));
  return open.map((field, i) => ({
    label: field.name,
    kind: fieldsIn(field) ? CompletionItemKind.Module : CompletionItemKind.Property,
    ...(field.required && { detail: 'required' }),
    sortText: `${field.required ? 0 : 1}${String(i).padStart(3, '0')}`,
    insertTextMode: InsertTextMode.adjustIndentation,
    textEdit: edit(state.document, cursor, keyText(state, cursor, field)),
    data: { path: [...cursor.path, field.name], method } satisfies ItemData,
  }));
}

/** "rank: ", or a section's name with an indented line to go on in. */
function keyText({ document }: RecipeState, cursor: Cursor, field: FieldSpec): string {
  if (cursor.hasColon || cursor.quoted) return field.name;
  const { line, character } = document.positionAt(cursor.start);
  const before = document.getText({ start: { line, character: 0 }, end: { line, character } });
  const inFlow = !/^[\s-]*$/.test(before);
  if (inFlow) return `${field.name}: `;
  // Behind "- " the section's lines stand under its name, not under the dash.
  const indent = ' '.repeat(before.length - before.search(/[^ ]|$/));
  if (field.type === 'entries') return `${field.name}:\n${indent}  - `;
  return field.type === 'section' ? `${field.name}:\n${indent}  ` : `${field.name}: `;
}

/** `colon`: they are keys that lack one. */
function values(state: RecipeState, cursor: Cursor & { colon?: boolean }, proposed: Value[]): CompletionItem[] {
  return proposed.map((value, i) => ({
    label: value.text,
    kind: value.kind,
    ...(value.note !== undefined && { labelDetails: { description: value.note } }),
    ...(value.detail !== undefined && { detail: value.detail }),
    ...(value.doc !== undefined && { documentation: { kind: 'markdown', value: value.doc } }),
    ...(value.method !== undefined && { data: { method: value.method } satisfies ItemData }),
    // In this order, whatever the editor would sort by.
    sortText: String(i).padStart(4, '0'),
    filterText: value.text,
    textEdit: edit(state.document, cursor, valueText(cursor, value)),
  }));
}

const valueText = ({ quoted, colon }: Cursor & { colon?: boolean }, { text, insert }: Value): string =>
  quoted ? text : `${insert ?? text}${colon ? ': ' : ''}`;

const edit = (document: TextDocument, { start, end }: Cursor, newText: string): TextEdit => ({
  range: { start: document.positionAt(start), end: document.positionAt(end) },
  newText,
});

/** Adds the documentation, which lists need only for the item in view. */
export function resolveCompletion(item: CompletionItem): CompletionItem {
  const data = item.data as ItemData | undefined;
  if (!data) return item;
  let text: string | undefined;
  if ('path' in data) {
    const field = fieldAt(data.path, methods, () => data.method);
    text = field && describe(field);
  } else {
    const method = methodOf(data.method);
    text = method && methodText(method);
  }
  return text === undefined ? item : { ...item, documentation: { kind: 'markdown', value: text } };
}

/** The outline: sections, adapter entries by name, and fields with their values. */
import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver-types';
import { methodOf } from '../methods/registry.ts';
import type { Position, Range } from '../protocol/diagnostics.ts';
import { fieldsOfEntry, rootFields } from '../recipe/fields.ts';
import type { FieldPath, FieldSpec } from '../recipe/types.ts';
import type { RecipeState } from './state.ts';

const longestDetail = 60;

export function symbolsOf(state: RecipeState): DocumentSymbol[] {
  return fieldsUnder(state, [], rootFields);
}

function fieldsUnder(state: RecipeState, path: FieldPath, fields: readonly FieldSpec[]): DocumentSymbol[] {
  const symbols: DocumentSymbol[] = [];
  for (const field of fields) {
    const at = [...path, field.name];
    const key = state.recipe.keyRangeOf(at);
    if (!key) continue;
    const value = state.recipe.rangeOf(at);
    const children = field.type === 'entries' ? entries(state, at) : fieldsUnder(state, at, field.fields ?? []);
    symbols.push({
      name: field.name,
      kind: children.length > 0 ? SymbolKind.Namespace : SymbolKind.Field,
      detail: children.length > 0 || !value ? '' : oneLine(state, value),
      range: value ? { start: key.start, end: endOf(state, value) } : key,
      selectionRange: key,
      children,
    });
  }
  return symbols.sort((a, b) => a.range.start.line - b.range.start.line);
}

function entries(state: RecipeState, path: FieldPath): DocumentSymbol[] {
  return state.recipe.partial.adapters.flatMap((entry, i) => {
    const range = state.recipe.rangeOf([...path, i]);
    if (!range) return [];
    const method = methodOf(entry.method);
    return {
      name: entry.name,
      detail: method?.title ?? '',
      kind: SymbolKind.Object,
      range: { start: range.start, end: endOf(state, range) },
      selectionRange: { start: range.start, end: range.start },
      children: fieldsUnder(state, [...path, i], fieldsOfEntry(method)),
    };
  });
}

/** Block values reach to the start of what follows; people see them end with their last character. */
export function endOf({ document }: RecipeState, range: Range): Position {
  return document.positionAt(document.offsetAt(range.start) + document.getText(range).trimEnd().length);
}

function oneLine(state: RecipeState, range: Range): string {
  const text = state.document.getText(range).replace(/\s+/g, ' ');
  return text.length > longestDetail ? `${text.slice(0, longestDetail)}…` : text;
}

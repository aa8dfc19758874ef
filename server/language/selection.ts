/** Expand selection: the value, its field, and the sections around it. */
import type { Position, Range, SelectionRange } from 'vscode-languageserver-types';
import type { RecipeState } from './state.ts';
import { endOf } from './symbols.ts';

export function selectionAt(state: RecipeState, position: Position): SelectionRange {
  const { document, recipe } = state;
  const hit = recipe.valueAt(position);
  const ranges: Range[] = [];
  const add = (range: Range | undefined): void => {
    const inner = ranges.at(-1);
    if (range && (!inner || isWider(range, inner))) ranges.push(range);
  };
  if (hit) add(hit.on === 'key' ? hit.range : trimmed(state, hit.range));
  for (let depth = hit?.keys.length ?? 0; hit && depth > 0; depth--) {
    const at = hit.keys.slice(0, depth);
    const key = recipe.keyRangeOf(at);
    const value = recipe.rangeOf(at);
    if (value && value.end.line >= value.start.line) add(trimmed(state, value));
    if (key && value) add({ start: key.start, end: later(key.end, endOf(state, value)) });
  }
  const end = document.positionAt(document.getText().length);
  add({ start: { line: 0, character: 0 }, end });
  return ranges.reduceRight<SelectionRange | undefined>(
    (parent, range) => ({ range, ...(parent && { parent }) }),
    undefined,
  )!;
}

const trimmed = (state: RecipeState, range: Range): Range => ({ start: range.start, end: endOf(state, range) });

const before = (a: Position, b: Position): boolean =>
  a.line < b.line || (a.line === b.line && a.character <= b.character);
const later = (a: Position, b: Position): Position => (before(a, b) ? b : a);
/** Holds the other, and more. */
const isWider = (outer: Range, inner: Range): boolean =>
  before(outer.start, inner.start) &&
  before(inner.end, outer.end) &&
  !(before(inner.start, outer.start) && before(outer.end, inner.end));

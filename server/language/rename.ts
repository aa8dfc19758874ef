/** Renames an adapter entry where its name is written. Nothing else in a recipe names an entry: a sweep's paths count them. */

import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Position, Range, TextEdit } from 'vscode-languageserver-types';
import { parse } from 'yaml';
import { RankwiseError } from '../base/errors.ts';
import { methods } from '../methods/registry.ts';
import { parseRecipe } from '../recipe/parse.ts';
import type { RecipeState } from './state.ts';

interface Renamed {
  /** Of the name without its quotes. */
  range: Range;
  placeholder: string;
  quoted: boolean;
  index: number;
}

/** What would be renamed at the position. Throws `not-a-name`, `name-not-written`, `name-is-alias`. */
export function renameTarget(state: RecipeState, position: Position): Renamed {
  const hit = state.recipe.valueAt(position);
  const [section, index, field, ...deeper] = hit?.keys ?? [];
  if (!hit || section !== 'adapters' || typeof index !== 'number' || deeper.length > 0 || field !== 'name') {
    if (section === 'adapters' && field === 'method')
      throw new RankwiseError(
        'name-not-written',
        'A method cannot be renamed; write `name:` beside it and rename that.',
      );
    throw new RankwiseError('not-a-name', 'Only the `name` of an adapter can be renamed.');
  }
  const range = state.recipe.rangeOf(hit.path)!;
  const written = state.document.getText(range);
  if (written.startsWith('*'))
    throw new RankwiseError('name-is-alias', `This name is that of ${written}; rename it where it is written.`);
  const quoted = /^(['"]).*\1$/s.test(written);
  const offset = state.document.offsetAt(range.start);
  const at = quoted ? [offset + 1, offset + written.length - 1] : [offset, offset + written.length];
  return {
    range: { start: state.document.positionAt(at[0]!), end: state.document.positionAt(at[1]!) },
    placeholder: quoted ? written.slice(1, -1) : written,
    quoted,
    index,
  };
}

/** Throws what `renameTarget` throws, `bad-name` and `duplicate-name`, and `name-shared` where other entries would change theirs. */
export function renameEdits(state: RecipeState, position: Position, newName: string): TextEdit[] {
  const { range, quoted, index } = renameTarget(state, position);
  const name = newName.trim();
  const edits = [{ range, newText: quoted || isText(name) ? name : `"${name}"` }];
  const after = parseRecipe(TextDocument.applyEdits(state.document, edits), methods, state.recipe.partial.name);
  const fault = after.diagnostics.find(({ code }) => code === 'bad-name' || code === 'duplicate-name');
  const known = state.recipe.diagnostics.some(({ code, message }) => code === fault?.code && message === fault.message);
  if (fault && !known) throw new RankwiseError(fault.code, fault.message);
  const names = after.partial.adapters.map((entry) => entry.name);
  if (names[index] !== name)
    throw new RankwiseError('bad-name', 'An adapter name is a folder name: letters, digits, `_`, `-` and `.`.');
  const changed = state.recipe.partial.adapters.findIndex((entry, i) => i !== index && entry.name !== names[i]);
  if (changed >= 0) {
    const was = state.recipe.partial.adapters[changed]!.name;
    throw new RankwiseError(
      'name-shared',
      `Entry ${changed} would no longer be \`${was}\`, but \`${names[changed]}\`.`,
    );
  }
  return edits;
}

/** A plain YAML scalar that is read as text: 7, true and null are not. */
function isText(name: string): boolean {
  try {
    return parse(name) === name;
  } catch {
    return false; // e.g. "a: b", which the check of names refuses
  }
}

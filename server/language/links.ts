import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DocumentLink } from 'vscode-languageserver-types';
import type { FieldPath } from '../recipe/types.ts';
import type { RecipeState } from './state.ts';

/** Links from the model to its config.json, from saved adapters to theirs, and to the data files; to none that is known to be absent. */
export function linksOf(state: RecipeState): DocumentLink[] {
  const { adapters, data } = state.recipe.partial;
  const entries = adapters.flatMap((entry, i) =>
    entry.path === undefined || isAbsent(state, entry.path)
      ? []
      : link(state, ['adapters', i, 'path'], resolve(state, entry.path, 'adapter_config.json')),
  );
  return [
    ...modelLink(state),
    ...entries,
    ...files(state, 'train', data?.train),
    ...files(state, 'validation', data?.validation),
  ];
}

function modelLink(state: RecipeState): DocumentLink[] {
  const { dir } = state.model ?? {};
  return dir === undefined ? [] : link(state, ['model', 'path'], path.join(dir, 'config.json'));
}

function isAbsent({ world }: RecipeState, saved: string): boolean {
  const known = world.savedAdapters?.[saved];
  return known !== undefined && 'error' in known && known.error.code === 'adapter-not-found';
}

/** Patterns name several files, a fraction none: neither can be opened. */
function files(
  state: RecipeState,
  split: 'train' | 'validation',
  value: string | string[] | number | undefined,
): DocumentLink[] {
  const at = ['data', split];
  const named: [FieldPath, unknown][] = Array.isArray(value)
    ? value.map((file, i) => [[...at, i], file])
    : [[at, value]];
  return named.flatMap(([field, file]) =>
    typeof file === 'string' && file !== '' && !/[*?]/.test(file) && isThere(state, split, file) !== false
      ? link(state, field, resolve(state, file))
      : [],
  );
}

/** Whether a file of a split, or some file that a pattern names, is there; undefined before that was looked at. */
export function isThere(state: RecipeState, split: 'train' | 'validation', written: string): boolean | undefined {
  const facts = state.world.data?.[split];
  if (!facts || /^[\d.]*$/.test(written)) return undefined;
  const file = resolve(state, written);
  // The first that is absent ends the look at the others.
  if (facts.error && facts.files.length === 0) return facts.error.file === file ? false : undefined;
  return /[*?]/.test(written) || facts.files.includes(file);
}

const resolve = (state: RecipeState, ...parts: string[]): string => path.resolve(path.dirname(state.file), ...parts);

function link({ recipe }: RecipeState, field: FieldPath, target: string): DocumentLink[] {
  const range = recipe.rangeOf(field);
  return range ? [{ range, target: pathToFileURL(target).href }] : [];
}

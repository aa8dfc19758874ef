/** Models, saved adapters and data files that a path can name, as the recipe would name them. */
import path from 'node:path';
import { CompletionItemKind } from 'vscode-languageserver-types';
import type { Nearby, Place } from '../checkpoint/nearby.ts';
import { knownFormat } from '../datafiles/formats.ts';
import type { Look } from './places.ts';
import type { RecipeState } from './state.ts';
import type { Value } from './values.ts';

/** `typed` is the path as far as it is written. */
type PathValues = (state: RecipeState, typed: string, look: Look) => Value[];

export const modelPaths: PathValues = (state, typed, look) => [
  ...places(state, typed, look, ({ models }) => models, './'),
  ...(look.hubModels() ?? []).map(({ id, kind }) => ({
    ...pathValue(id, CompletionItemKind.Module),
    detail: [kind, 'in the Hugging Face cache'].filter(Boolean).join(' · '),
    note: 'Hugging Face cache',
  })),
  ...folders(state, typed, look),
];

export const adapterPaths: PathValues = (state, typed, look) => [
  ...places(state, typed, look, ({ adapters }) => adapters, './'),
  ...folders(state, typed, look),
];

export const dataPaths: PathValues = (state, typed, look) => {
  const files = found(state, typed, look, ({ data }) => data.map((file) => ({ path: file, kind: '' })), '');
  const names = files.map(({ path: name }) => name);
  return [
    ...names.map((name) => pathValue(name, knownFormat(name) ? CompletionItemKind.File : CompletionItemKind.Folder)),
    ...globs(names.filter((name) => knownFormat(name))),
    ...(look.hubData() ?? []).map((id) => ({
      ...pathValue(id, CompletionItemKind.Module),
      detail: 'in the Hugging Face cache',
      note: 'Hugging Face cache',
    })),
    ...folders(state, typed, look),
  ];
};

function places(
  state: RecipeState,
  typed: string,
  look: Look,
  of: (nearby: Nearby) => Place[],
  start: string,
): Value[] {
  return found(state, typed, look, of, start).map(({ path: name, kind }) => ({
    ...pathValue(name, CompletionItemKind.Folder),
    ...(kind !== '' && { detail: kind, note: kind }),
  }));
}

/** What lies around the recipe, and what the folder holds that the path leads to so far, each once. */
function found(state: RecipeState, typed: string, look: Look, of: (nearby: Nearby) => Place[], start: string): Place[] {
  const here = path.dirname(state.file);
  const at = written(typed);
  const begin = typed.startsWith('./') ? './' : start;
  const around = look.around(here);
  const inside = at === '' || at === './' ? undefined : look.inside(path.resolve(here, at));
  const all = [
    ...(around ? of(around) : []).map((place) => ({ ...place, path: begin + place.path })),
    ...(inside ? of(inside) : []).map((place) => ({ ...place, path: at + place.path })),
  ];
  return all.filter((place, i) => all.findIndex((other) => other.path === place.path) === i);
}

/** Further on the way: subfolders of where the path has led, and the folder above. */
function folders(state: RecipeState, typed: string, look: Look): Value[] {
  const at = written(typed);
  const above = /^(\.\.\/)*$/.test(at) ? [`${at}../`] : [];
  const below = at === '' ? [] : (look.inside(path.resolve(path.dirname(state.file), at))?.folders ?? []);
  return [...below.map((name) => `${at}${name}/`), ...above].map((name) => pathValue(name, CompletionItemKind.Folder));
}

/** The folders of a path that is being written: "../models/" of "../models/ro". */
const written = (typed: string): string => typed.slice(0, typed.lastIndexOf('/') + 1);

/** `data/*.jsonl` where a folder holds several such files. */
function globs(files: readonly string[]): Value[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    const glob = `${written(file)}*${/\.\w+(\.gz)?$/i.exec(file)![0]}`;
    counts.set(glob, (counts.get(glob) ?? 0) + 1);
  }
  return [...counts].flatMap(([glob, number]) =>
    number < 2
      ? []
      : { ...pathValue(glob, CompletionItemKind.File), detail: `${number} files`, note: `${number} files` },
  );
}

const pathValue = (text: string, kind: CompletionItemKind): Value => ({ text, kind, insert: plainOrQuoted(text) });

/** A text as YAML, in block or flow style. */
export const plainOrQuoted = (text: string): string =>
  /^[A-Za-z_./][^\s,[\]{}#:"'\\]*$/.test(text) && !/^(true|false|null|\.\d.*)$/i.test(text)
    ? text
    : JSON.stringify(text);

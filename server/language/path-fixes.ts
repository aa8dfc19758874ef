/** A path that leads nowhere, and the one nearby that was probably meant. */
import { nearest } from '../base/suggest.ts';
import type { Fix } from '../protocol/diagnostics.ts';
import { adapterPaths, dataPaths, modelPaths } from './path-values.ts';
import type { Look } from './places.ts';
import type { RecipeState } from './state.ts';

/** By the code of the finding. */
const choices: Readonly<Record<string, typeof modelPaths>> = {
  'model-not-found': modelPaths,
  'config-missing': modelPaths,
  'adapter-not-found': adapterPaths,
  'data-missing': dataPaths,
};

export function pathFixes(
  state: RecipeState,
  { code, field, range }: RecipeState['diagnostics'][number],
  look: Look,
): Fix[] {
  const values = choices[code];
  if (!values || field === undefined || !state.recipe.rangeOf(field)) return [];
  const written = state.document.getText(range).replace(/^["']|["']$/g, '');
  const found = values(state, written, look).filter(({ text }) => !text.endsWith('/'));
  // "models/x" is no further from "./models/x" than its spelling.
  const bare = (path: string) => path.replace(/^\.\//, '');
  const near = nearest(
    bare(written),
    found.map(({ text }) => bare(text)),
  );
  const meant = found.find(({ text }) => bare(text) === near);
  if (!meant) return [];
  const newText = meant.insert ?? meant.text;
  return [{ title: `Replace with ${meant.text}`, edits: [{ range, newText }], preferred: true }];
}

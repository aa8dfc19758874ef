/** `rankwise/runEdit`: what is to be written into a recipe so that it trains as a run did. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';
import { methods } from '../methods/registry.ts';
import type { LanguageRequests } from '../protocol/language.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { withSetting } from '../recipe/setting-edits.ts';
import { stringifyRecipe } from '../recipe/stringify.ts';
import { readRecipe } from '../report/read.ts';
import { type Setting, settingsOf } from '../report/setup.ts';
import { refuse, refuseUnopened } from './refusals.ts';
import type { RecipeState } from './state.ts';

type Result = LanguageRequests['rankwise/runEdit']['result'];

/** Who and where it is, and what a comparison is not about. */
const ofRun = /^training\.(seed|backend|threads|check|logging|logging_steps|samples(\..*)?)$/;
const entryName = /^adapters\.\d+\.name$/;

/**
 * Adapters and training, and what the run's sweep set besides; model and data stay. Settings that the recipe has by its defaults are not written.
 * Refusals: `recipe-not-open`, `run-missing`, `other-adapters`, `recipe-not-editable`.
 * @param swept paths that the sweep of the run set.
 */
export function runEdit(state: RecipeState | undefined, run: string, swept: readonly string[] = []): Result {
  if (!state) return refuseUnopened();
  const text = readRecipe(run);
  const wanted = text === undefined ? undefined : settingsIn(text, swept);
  if (!wanted) return refuse('run-missing', `The recipe of the run is not there: ${run}.`);
  const before = state.document.getText();
  const entries = state.recipe.partial.adapters;
  const count = new Set([...wanted.keys()].map((path) => /^adapters\.(\d+)\./.exec(path)?.[1]).filter(Boolean)).size;
  if (count !== entries.length || entries.some(({ path }) => path !== undefined))
    return refuse(
      'other-adapters',
      `The run has ${count} adapters that it began, the recipe others: nothing was written.`,
    );
  let after = before;
  // The method first, then the rank: the defaults of the rest follow from them.
  for (const stage of [/^adapters\.\d+\.method$/, /^adapters\.\d+\.rank$/, /./])
    for (const { path, value } of differing(after, wanted, swept)) {
      if (!stage.test(path.join('.'))) continue;
      const next = withSetting(after, path, value);
      if (next === undefined) return refuse('recipe-not-editable', notEditable);
      after = next;
    }
  if (differing(after, wanted, swept).length > 0) return refuse('recipe-not-editable', notEditable);
  return { edits: after === before ? [] : [change(state.document, after)] };
}

/** Of a text, with every default spelled out: an older run has not all of them. */
function settingsIn(text: string, swept: readonly string[]): Map<string, Setting> {
  const whole = parse(stringifyRecipe(parseRecipe(text, methods, '').partial));
  const all = settingsOf(whole).map((setting): [string, Setting] => [setting.path.join('.'), setting]);
  const taken = (path: string) =>
    swept.includes(path) || (/^(adapters|training)\./.test(path) && !ofRun.test(path) && !entryName.test(path));
  return new Map(all.filter(([path]) => taken(path)));
}

/** What the text has otherwise; undefined as value: what the run does not have. */
function differing(text: string, wanted: ReadonlyMap<string, Setting>, swept: readonly string[]): Setting[] {
  const present = settingsIn(text, swept);
  const other = (path: string) => JSON.stringify(present.get(path)?.value) !== JSON.stringify(wanted.get(path)?.value);
  return [...new Set([...present.keys(), ...wanted.keys()])]
    .filter(other)
    .map((path) => wanted.get(path) ?? { path: present.get(path)!.path, value: undefined });
}

/** From the first to the last character that changes. */
function change(document: TextDocument, after: string) {
  const before = document.getText();
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const range = { start: document.positionAt(start), end: document.positionAt(before.length - end) };
  return { range, newText: after.slice(start, after.length - end) };
}

const notEditable = 'These settings cannot be written into the recipe: its text is faulty, or shares parts by aliases.';

/** `target_modules` said another way: a list, a regular expression, `all-linear`. Offered only where the same modules are taken. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type CodeAction, CodeActionKind, type Range, type TextEdit } from 'vscode-languageserver-types';
import type { Module } from '../architectures/types.ts';
import { analyse } from '../budget/analyse.ts';
import { isLinear, matchesItem } from '../budget/match.ts';
import type { Analysis } from '../budget/types.ts';
import { methods } from '../methods/registry.ts';
import { parseRecipe } from '../recipe/parse.ts';
import type { AdapterEntry } from '../recipe/types.ts';
import { plainOrQuoted } from './path-values.ts';
import { isReadable, type RecipeState } from './state.ts';
import { targetsOf } from './targets.ts';

/** Names in full are listed where no shorter way says the same, up to this many. */
const listed = 24;

/** For the entry whose `target_modules` the range touches. */
export function targetRefactors(state: RecipeState, range: Range): CodeAction[] {
  if (!isReadable(state) || !state.world.model) return [];
  const { recipe } = state;
  const index = recipe.partial.adapters.findIndex((_, i) => touches(state, `adapters.${i}.target_modules`, range));
  const entry = recipe.partial.adapters[index];
  if (!entry || entry.target_modules === undefined) return [];
  return forms(state, entry, index).flatMap(({ title, text }) => {
    const edit = replacement(state, `adapters.${index}.target_modules`, text);
    return edit && takesTheSame(state, edit)
      ? { title, kind: CodeActionKind.RefactorRewrite, edit: { changes: { [state.uri]: [edit] } } }
      : [];
  });
}

interface Form {
  title: string;
  /** YAML, in flow style. */
  text: string;
}

function forms(state: RecipeState, { target_modules: targets }: AdapterEntry, index: number): Form[] {
  const allLinear: Form = { title: 'Write as all-linear', text: 'all-linear' };
  if (Array.isArray(targets)) {
    const names = targets.map((name) => name.replace(/[.\\+*?[\](){}^$|]/g, '\\$&'));
    const either = names.length === 1 ? names[0]! : `(${names.join('|')})`;
    return [
      { title: 'Convert to a regular expression', text: first(state, index, [`.*\\.${either}`, `(.*\\.)?${either}`]) },
      allLinear,
    ];
  }
  const list = namesFor(state, index);
  const asList: Form[] = list ? [{ title: 'Convert to a list', text: `[${list.map(plainOrQuoted).join(', ')}]` }] : [];
  return targets === 'all-linear' ? asList : [...asList, allLinear];
}

/** The first of some texts, in quotes, that takes what the entry takes now; the last one where none does. */
function first(state: RecipeState, index: number, texts: string[]): string {
  const quoted = texts.map((text) => `'${text.replaceAll("'", "''")}'`);
  const good = (text: string) => {
    const edit = replacement(state, `adapters.${index}.target_modules`, text);
    return edit !== undefined && takesTheSame(state, edit);
  };
  return quoted.find(good) ?? quoted.at(-1)!;
}

/** Short names that take these modules and no other; else their full names, where those are few. */
function namesFor({ analysis, world }: RecipeState, index: number): string[] | undefined {
  const taken = new Set(analysis.claims.filter((claim) => claim.index === index).map(({ module }) => module));
  if (taken.size === 0) return undefined;
  const { modules } = world.model!.table;
  const inside = targetsOf(modules.filter(isLinear)).filter(({ suffix }) => alike(modules, suffix, taken));
  const covered = new Set(inside.flatMap((target) => target.modules));
  if (covered.size < taken.size) return taken.size <= listed ? [...taken].map(({ name }) => name) : undefined;
  // The largest first, and none that the others have already: [output.dense] and not its two halves.
  const chosen: string[] = [];
  const left = new Set(taken);
  for (const target of inside.sort((a, b) => b.modules.length - a.modules.length)) {
    if (!target.modules.some((module) => left.has(module))) continue;
    chosen.push(target.suffix);
    for (const module of target.modules) left.delete(module);
  }
  return chosen;
}

const alike = (modules: readonly Module[], suffix: string, taken: ReadonlySet<Module>): boolean =>
  modules.every((module) => !matchesItem(module, suffix) || taken.has(module));

/** From behind the colon to the end of the value; undefined where comments would be lost. */
function replacement({ document, recipe }: RecipeState, field: string, text: string): TextEdit | undefined {
  const key = recipe.keyRangeOf(field);
  const value = recipe.rangeOf(field);
  if (!key || !value) return undefined;
  const from = document.offsetAt(key.end);
  const between = document.getText().slice(from, document.offsetAt(value.end));
  const written = between.trimEnd();
  const colon = between.indexOf(':');
  if (colon < 0 || /(^|\s)#/.test(written)) return undefined;
  const range = { start: document.positionAt(from + colon), end: document.positionAt(from + written.length) };
  return { range, newText: `: ${text}` };
}

/** Every entry takes the modules that it took before, with the settings that it had, and there is no new error. */
function takesTheSame(state: RecipeState, edit: TextEdit): boolean {
  const text = TextDocument.applyEdits(state.document, [edit]);
  const after = analyse(parseRecipe(text, methods, state.recipe.partial.name), state.world);
  return said(after) === said(state.analysis);
}

const said = ({ claims, diagnostics }: Analysis): string =>
  JSON.stringify([
    claims.map(({ index, module, settings, trainable }) => [
      index,
      module.name,
      settings.rank,
      settings.alpha,
      trainable,
    ]),
    diagnostics.filter(({ severity }) => severity === 'error').length,
  ]);

function touches({ recipe }: RecipeState, field: string, { start, end }: Range): boolean {
  const [key, value] = [recipe.keyRangeOf(field), recipe.rangeOf(field)];
  if (!key || !value) return false;
  const before = (a: Range['start'], b: Range['start']) =>
    a.line < b.line || (a.line === b.line && a.character <= b.character);
  return before(key.start, end) && before(start, value.end);
}

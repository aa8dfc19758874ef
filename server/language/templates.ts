/** Completion items that write a whole recipe, in a file that has none, or a whole entry of `adapters`. */
import path from 'node:path';
import { type CompletionItem, CompletionItemKind, InsertTextFormat, InsertTextMode } from 'vscode-languageserver-types';
import { matchesItem } from '../budget/match.ts';
import { methods } from '../methods/registry.ts';
import type { Method, PaperRecipe } from '../methods/types.ts';
import type { Cursor } from './cursor.ts';
import { plainOrQuoted } from './path-values.ts';
import type { Look } from './places.ts';
import { entryLines, plainText, recipeText, snippetHoles } from './snippets.ts';
import type { RecipeState } from './state.ts';

type Hole = Parameters<typeof recipeText>[3];

/** None where something is written already that they would write again. */
export function templatesAt(state: RecipeState, cursor: Cursor, look: Look, snippets: boolean): CompletionItem[] {
  if (cursor.hasColon || cursor.quoted) return [];
  const { line, character } = state.document.positionAt(cursor.start);
  const before = state.document.getText({ start: { line, character: 0 }, end: { line, character } });
  const { path: at, taken } = cursor;
  const write = (kind: 'recipe' | 'entry', papers: [Method, PaperRecipe][], text: Template) =>
    papers.map(([method, paper], i) => item(state, cursor, kind, method, paper, i, text, snippets));
  if (at.length === 0 && before === '' && taken.every((name) => name === 'version')) {
    const model = modelNear(state, look);
    const start = taken.length > 0 ? 'version: 1\n'.length : 0;
    return write('recipe', all, (method, paper, hole) => recipeText(method, paper, model, hole).slice(start));
  }
  if (at[0] !== 'adapters' || at.length > 2 || taken.length > 0 || !/^[\s-]*$/.test(before)) return [];
  // Lines after the first stand under the method's name, behind the dash; the editor adds the indent of the line itself.
  const [dash, indent] = at.length === 1 ? ['- ', '  '] : ['', ' '.repeat(before.length - before.search(/[^ ]|$/))];
  const text: Template = ({ id }, paper, hole) => `${dash}${entryLines(id, paper, hole).join(`\n${indent}`)}`;
  return write(
    'entry',
    Object.values<Method>(methods).map((method) => [method, fitting(method, state)]),
    text,
  );
}

type Template = (method: Method, paper: PaperRecipe, hole: Hole) => string;

/** The settings for the recipe's task, where there are such; targets that its model does not have become `all-linear`. */
function fitting({ recipes: papers }: Method, { recipe, world }: RecipeState): PaperRecipe {
  const paper = papers.find(({ task }) => task === recipe.partial.model.task) ?? papers[0];
  const { target_modules: targets } = paper.entry;
  const modules = world.model?.table.modules;
  const strange = (target: string) => !modules?.some((module) => matchesItem(module, target));
  if (!modules || !Array.isArray(targets) || !targets.some(strange)) return paper;
  return { ...paper, entry: { ...paper.entry, target_modules: 'all-linear' } };
}

const all = Object.values<Method>(methods).flatMap((method) =>
  method.recipes.map((paper): [Method, PaperRecipe] => [method, paper]),
);

function item(
  { document }: RecipeState,
  { start, end }: Cursor,
  kind: 'recipe' | 'entry',
  method: Method,
  paper: PaperRecipe,
  order: number,
  template: Template,
  snippets: boolean,
): CompletionItem {
  const { id, title } = method;
  const { from } = paper;
  const text = (hole: Hole): string => template(method, paper, hole);
  // In an empty file they are what is looked for; elsewhere they come after the keys.
  const prefix = document.getText().trim() === '' ? '!' : '2';
  return {
    label: `${id} ${kind}`,
    labelDetails: { description: from },
    kind: CompletionItemKind.Snippet,
    detail: `${title}: ${from}`,
    documentation: { kind: 'markdown', value: `\`\`\`yaml\n${text(plainText).trimEnd()}\n\`\`\`` },
    sortText: `${prefix}${String(order).padStart(3, '0')}`,
    filterText: `${kind} ${id} ${kind}`,
    insertTextFormat: snippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    insertTextMode: InsertTextMode.adjustIndentation,
    textEdit: {
      range: { start: document.positionAt(start), end: document.positionAt(end) },
      newText: text(snippets ? snippetHoles() : plainText),
    },
  };
}

function modelNear(state: RecipeState, look: Look): string {
  const near = look.around(path.dirname(state.file))?.models[0];
  if (near) return plainOrQuoted(`./${near.path}`);
  return look.hubModels()?.[0]?.id ?? './models/base';
}

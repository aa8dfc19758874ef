/** Writes what the language server answers into a recipe as an edit that can be undone, and shows where. */
import {
  Range,
  Selection,
  type TextDocument,
  TextEditorRevealType,
  type Uri,
  ViewColumn,
  WorkspaceEdit,
  window,
  workspace,
} from 'vscode';
import { type ErrorData, RankwiseError } from '../server/base/errors.ts';
import type { Fix } from '../server/protocol/diagnostics.ts';

/** @param ask the language server. Errors: why it refuses, `recipe-changed`, `edit-refused`. */
export async function editRecipe(
  recipe: Uri,
  ask: () => Promise<{ edits: Fix['edits'] } | { error: ErrorData }>,
): Promise<void> {
  const document = await workspace.openTextDocument(recipe);
  const { version } = document;
  const answer = await ask();
  if ('error' in answer) throw RankwiseError.from(answer.error);
  if (document.version !== version)
    throw new RankwiseError('recipe-changed', 'The recipe was edited in the meantime.', { hint: 'Try again.' });
  const ranges = answer.edits.map(
    ({ range: { start, end } }) => new Range(start.line, start.character, end.line, end.character),
  );
  const [first] = ranges;
  if (!first) return;
  const offset = document.offsetAt(first.start);
  const edit = new WorkspaceEdit();
  for (const [i, range] of ranges.entries()) edit.replace(recipe, range, answer.edits[i]!.newText);
  if (!(await workspace.applyEdit(edit)))
    throw new RankwiseError('edit-refused', 'The editor did not let the recipe be changed.', { kind: 'runtime' });
  await reveal(document, offset, answer.edits[0]!.newText);
}

/** Where the recipe is open already, or else in the first column; the keyboard stays in the panel. */
async function reveal(document: TextDocument, offset: number, written: string): Promise<void> {
  const shown = window.visibleTextEditors.find((editor) => editor.document === document);
  const viewColumn = shown?.viewColumn ?? ViewColumn.One;
  const editor = await window.showTextDocument(document, { viewColumn, preserveFocus: true, preview: false });
  const start = document.positionAt(offset + (written.length - written.trimStart().length));
  const range = new Range(start, document.positionAt(offset + written.length));
  editor.selection = new Selection(range.start, range.end);
  editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
}

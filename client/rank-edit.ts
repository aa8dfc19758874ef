/** Writes a rank into a recipe as an edit that can be undone, and shows where. */
import { Range, Selection, TextEditorRevealType, type Uri, ViewColumn, WorkspaceEdit, window, workspace } from 'vscode';
import { RankwiseError } from '../server/base/errors.ts';
import type { Language } from './language-client.ts';

/** Errors: why the language server refuses, `recipe-changed`, `edit-refused`. */
export async function useRank(language: Language, recipe: Uri, matrix: string, rank: number): Promise<void> {
  const document = await workspace.openTextDocument(recipe);
  const { version } = document;
  const answer = await language.rankEdit(recipe, { matrix, rank });
  if ('error' in answer) throw RankwiseError.from(answer.error);
  if (document.version !== version)
    throw new RankwiseError('recipe-changed', 'The recipe was edited in the meantime.', { hint: 'Try again.' });
  const edit = new WorkspaceEdit();
  for (const { range, newText } of answer.edits)
    edit.replace(
      recipe,
      new Range(range.start.line, range.start.character, range.end.line, range.end.character),
      newText,
    );
  if (!(await workspace.applyEdit(edit)))
    throw new RankwiseError('edit-refused', 'The editor did not let the recipe be changed.', { kind: 'runtime' });
  // Beside the panel, where the recipe is open already or else in the first column; the keyboard stays in the panel.
  const shown = window.visibleTextEditors.find((editor) => editor.document === document);
  const viewColumn = shown?.viewColumn ?? ViewColumn.One;
  const editor = await window.showTextDocument(document, { viewColumn, preserveFocus: true, preview: false });
  const at = document.getText().indexOf(matrix);
  if (at < 0) return;
  const range = new Range(document.positionAt(at), document.positionAt(at + matrix.length));
  editor.selection = new Selection(range.start, range.end);
  editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
}

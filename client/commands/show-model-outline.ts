/** Opens the outline of a recipe's model beside the recipe. */
import { Uri, ViewColumn, window, workspace } from 'vscode';
import { RankwiseError } from '../../server/base/errors.ts';
import type { Services } from '../services.ts';
import { recipeDocument } from './targets.ts';

/** Throws `model-not-known`. */
export async function showModelOutline({ language }: Services, argument: unknown): Promise<void> {
  const document = await recipeDocument(argument);
  if (!document) return;
  const outline = await language.outline(document.uri);
  if ('diagnostics' in outline) {
    const [fault] = outline.diagnostics.filter(({ severity }) => severity === 'error');
    throw new RankwiseError('model-not-known', fault?.message ?? 'The recipe names no model.', { field: 'model.path' });
  }
  const shown = await workspace.openTextDocument(Uri.parse(outline.uri, true));
  await window.showTextDocument(shown, { viewColumn: ViewColumn.Beside, preview: true });
}

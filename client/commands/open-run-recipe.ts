/** Opens the recipe that a run was launched from, at a `field` where one is handed over; the resolved copy in the run's directory when that is gone. */
import { l10n, Range, Uri, ViewColumn, window, workspace } from 'vscode';
import { recipeFile } from '../../server/base/run-folder.ts';
import { fieldPlace } from '../field-place.ts';
import type { Services } from '../services.ts';
import { noRuns } from './show-run.ts';
import { pickRun } from './targets.ts';

export async function openRunRecipe(services: Services, argument: unknown): Promise<void> {
  const record = await pickRun(services, argument, l10n.t('Open the recipe of which run?'), noRuns());
  if (!record) return;
  const original = Uri.file(record.recipe);
  const uri = (await exists(original)) ? original : Uri.file(recipeFile(record.run));
  const document = await workspace.openTextDocument(uri);
  const { field } = (argument ?? {}) as { field?: unknown };
  const place = typeof field === 'string' ? fieldPlace(document.getText(), field) : undefined;
  const at = place === undefined ? undefined : document.positionAt(place);
  await window.showTextDocument(document, {
    viewColumn: ViewColumn.One,
    ...(at && { selection: new Range(at, at) }),
  });
}

export const exists = (uri: Uri): Promise<boolean> =>
  Promise.resolve(workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );

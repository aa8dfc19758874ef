/** Shows the first samples of a recipe's data as the model will see them. */
import path from 'node:path';
import { l10n, ProgressLocation, window } from 'vscode';
import type { PreviewResult } from '../../server/protocol/preview.ts';
import type { Services } from '../services.ts';
import { showFindings } from './findings.ts';
import { demandTrust, recipeDocument } from './targets.ts';

const rows = 10;
/** Half an editor's width. */
const columns = 72;

/** @returns what is shown; undefined when there is no recipe, or one with errors. */
export async function previewData(services: Services, argument: unknown): Promise<PreviewResult | undefined> {
  if (!(await demandTrust())) return undefined;
  const document = await recipeDocument(argument);
  if (!document) return undefined;
  const resolved = await services.language.resolve(document.uri, { launch: false });
  if ('diagnostics' in resolved) {
    await showFindings(document.uri, resolved.diagnostics);
    return undefined;
  }
  const { recipeText, recipePath, name } = 'sweep' in resolved ? resolved.sweep.points[0]!.submit : resolved.submit;
  const cwd = path.dirname(recipePath);
  const title = l10n.t('Reading the data of {0} …', name);
  const result = await window.withProgress({ location: ProgressLocation.Window, title }, () =>
    services.daemon.request('preview', { recipeText, split: 'train', rows, columns, cwd }),
  );
  await services.previews.show(document.uri, name, result);
  return result;
}

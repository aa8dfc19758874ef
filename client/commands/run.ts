/** Saves the recipe, has the language server resolve it, hands it to the daemon, shows the run. */
import { l10n, ProgressLocation, window, workspace } from 'vscode';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { showFindings } from './findings.ts';
import { demandTrust, recipeDocument } from './targets.ts';

export async function run(services: Services, argument: unknown): Promise<RunRecord | undefined> {
  if (!(await demandTrust())) return undefined;
  const document = await recipeDocument(argument);
  // What runs is what is on disk: relative paths and the run's record refer to the file.
  const uri = document && (document.isDirty || document.isUntitled ? await workspace.save(document.uri) : document.uri);
  if (!uri) return undefined;

  const resolved = await services.language.resolve(uri);
  if ('diagnostics' in resolved) {
    await showFindings(uri, resolved.diagnostics);
    return undefined;
  }
  const { submit } = resolved;
  const title = l10n.t('Starting {0} …', submit.name);
  const record = await window.withProgress({ location: ProgressLocation.Window, title }, () =>
    services.daemon.request('submit', submit),
  );
  services.log.info(`${record.id}: submitted from ${submit.recipePath}`);
  services.runs.put(record);
  services.panels.show(record.run);
  return record;
}

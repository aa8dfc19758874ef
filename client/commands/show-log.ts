/** The log of a run where one is handed over, else the extension's own. */
import path from 'node:path';
import { l10n, Uri, window, workspace } from 'vscode';
import type { Services } from '../services.ts';
import { runOf } from './targets.ts';

export async function showLog({ log }: Services, argument: unknown): Promise<void> {
  const run = runOf(argument);
  if (run === undefined) {
    log.show();
    return;
  }
  const file = Uri.file(path.join(run, 'log.txt'));
  try {
    await workspace.fs.stat(file);
  } catch {
    void window.showInformationMessage(l10n.t('This run has not written a log yet.'));
    return;
  }
  await window.showTextDocument(file, { preview: true });
}

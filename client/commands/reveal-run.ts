/** Shows a run's directory in the system's file manager, or, where that is on another machine, as near to it as the editor can. */
import { commands, env, l10n, UIKind, Uri } from 'vscode';
import type { Services } from '../services.ts';
import { revealFolder } from './open-run-directory.ts';
import { noRuns } from './show-run.ts';
import { pickRun } from './targets.ts';

export async function revealRun(services: Services, argument: unknown): Promise<void> {
  const record = await pickRun(services, argument, l10n.t('Reveal which run?'), noRuns());
  if (!record) return;
  const uri = Uri.file(record.run);
  if (env.uiKind === UIKind.Desktop && !env.remoteName) await commands.executeCommand('revealFileInOS', uri);
  else await revealFolder(uri, record.run);
}

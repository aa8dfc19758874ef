/** Shows a run's directory where the person is: in the explorer, in the system's file manager, or in a window of its own. */
import { commands, env, l10n, UIKind, Uri, workspace } from 'vscode';
import type { Services } from '../services.ts';
import { noRuns } from './show-run.ts';
import { pickRun } from './targets.ts';

export async function openRunDirectory(services: Services, argument: unknown): Promise<void> {
  const record = await pickRun(services, argument, l10n.t('Open the directory of which run?'), noRuns());
  if (!record) return;
  const { adapters, modelPath, run } = record;
  // Where the result is, as soon as there is one.
  const uri = Uri.file(adapters?.length === 1 ? adapters[0]!.path : (modelPath ?? run));
  await revealFolder(uri, run);
}

/** @param folder opened in a window of its own where nothing else can show it. */
export async function revealFolder(uri: Uri, folder: string): Promise<void> {
  if (workspace.getWorkspaceFolder(uri)) await commands.executeCommand('revealInExplorer', uri);
  else if (env.uiKind === UIKind.Desktop && !env.remoteName) await commands.executeCommand('revealFileInOS', uri);
  else await commands.executeCommand('vscode.openFolder', Uri.file(folder), { forceNewWindow: true });
}

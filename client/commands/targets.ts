/** What a command is about: a run or recipe handed over by a view, else the one that the user picks. */
import path from 'node:path';
import { commands, l10n, type TextDocument, Uri, window, workspace } from 'vscode';
import { RankwiseError } from '../../server/base/errors.ts';
import { shownName } from '../../server/metrics/run-filter.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { description } from '../run-text.ts';
import type { Services } from '../services.ts';

/** Tree nodes, the status bar and panels hand over `{ run }`. */
export function runOf(argument: unknown): string | undefined {
  const run = (argument as { run?: unknown } | undefined)?.run;
  return typeof run === 'string' ? run : undefined;
}

/** The node of a sweep in the tree hands over `{ sweep }`. */
export function sweepOf(argument: unknown): string | undefined {
  const sweep = (argument as { sweep?: unknown } | undefined)?.sweep;
  return typeof sweep === 'string' ? sweep : undefined;
}

/**
 * The run that was handed over; otherwise the only one that `fits`, or the one chosen among them.
 * @param none what to say when no run fits.
 */
export async function pickRun(
  { runs }: Pick<Services, 'runs'>,
  argument: unknown,
  title: string,
  none: string,
  fits: (record: RunRecord) => boolean = () => true,
): Promise<RunRecord | undefined> {
  const given = runOf(argument);
  if (given === undefined || !runs.get(given)) await runs.refresh();
  if (given !== undefined) return runs.get(given) ?? unknown(given);
  const all = runs.all().filter(fits);
  if (all.length === 0) void window.showInformationMessage(none);
  if (all.length <= 1) return all[0];
  const items = all.map(runItem);
  return (await window.showQuickPick(items, { title, matchOnDetail: true }))?.record;
}

/** A run in a list to choose from. */
export const runItem = (record: RunRecord) => ({
  label: shownName(record),
  description: description(record),
  detail: record.run,
  record,
});

/** @returns a folder's path. */
export async function pickFolder(openLabel: string): Promise<string | undefined> {
  const [uri] = (await window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, openLabel })) ?? [];
  return uri?.fsPath;
}

function unknown(run: string): never {
  const hint = 'Refresh the list of runs.';
  throw new RankwiseError('unknown-run', `There is no run ${run}.`, { file: run, hint });
}

/** The recipe handed over (a CodeLens gives its URI as text), in the active editor, or chosen from the workspace. */
export async function recipeDocument(argument: unknown): Promise<TextDocument | undefined> {
  const given = argument instanceof Uri ? argument : typeof argument === 'string' ? Uri.parse(argument) : undefined;
  const active = window.activeTextEditor?.document;
  if (!given && active?.languageId === 'peft') return active;
  const uri = given ?? (await pickRecipe());
  return uri && workspace.openTextDocument(uri);
}

async function pickRecipe(): Promise<Uri | undefined> {
  const found = await workspace.findFiles('**/*.peft', '{**/node_modules/**,**/runs/**}', 200);
  if (found.length === 0) {
    const begin = l10n.t('New Recipe');
    const text = l10n.t('There is no recipe (*.peft) in this workspace.');
    void window
      .showInformationMessage(text, begin)
      .then((chosen) => chosen === begin && commands.executeCommand('rankwise.newRecipe'));
    return undefined;
  }
  if (found.length === 1) return found[0];
  const items = found
    .map((uri) => ({ label: path.basename(uri.path), description: workspace.asRelativePath(uri), uri }))
    .sort((a, b) => a.description.localeCompare(b.description));
  return (await window.showQuickPick(items, { title: l10n.t('Choose a recipe'), matchOnDescription: true }))?.uri;
}

/** Running code that a workspace names is what trust is about; when-clauses hide the commands, this guards them. */
export async function demandTrust(): Promise<boolean> {
  if (workspace.isTrusted) return true;
  const manage = l10n.t('Manage Workspace Trust');
  const text = l10n.t('Runs need a trusted workspace: a recipe decides which files are read and written.');
  if ((await window.showWarningMessage(text, manage)) === manage)
    await commands.executeCommand('workbench.trust.manage');
  return false;
}

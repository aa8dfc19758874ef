/** Lets a person choose several runs. */
import { l10n, window } from 'vscode';
import type { Runs } from '../runs.ts';
import { runItem } from './targets.ts';

/** @param without runs that are not offered. @returns directories; none when nothing was chosen. */
export async function pickRuns(runs: Runs, without: ReadonlySet<string>): Promise<string[]> {
  const offered = runs.all().filter(({ run, state }) => !without.has(run) && state !== 'missing' && state !== 'queued');
  if (offered.length === 0) {
    void window.showInformationMessage(l10n.t('There are no other runs to lay over this one.'));
    return [];
  }
  const items = offered.map(runItem);
  const title = l10n.t('Runs to lay over this one');
  const chosen = await window.showQuickPick(items, { title, canPickMany: true, matchOnDetail: true });
  return chosen?.map(({ record }) => record.run) ?? [];
}

/** Opens a comparison of runs: of a sweep, of those selected in the tree, or of those that are picked. */
import { l10n, window } from 'vscode';
import type { Services } from '../services.ts';
import { noRuns } from './show-run.ts';
import { runItem, runOf, sweepOf } from './targets.ts';

export async function compareRuns(services: Services, argument: unknown, selected: unknown): Promise<void> {
  const { comparisons } = services;
  const sweep = sweepOf(argument);
  if (sweep !== undefined) return comparisons.show({ sweep });
  const given = [argument, ...(Array.isArray(selected) ? (selected as unknown[]) : [])];
  const runs = [...new Set(given.flatMap((each) => runOf(each) ?? []))];
  // One run alone is where a choice begins.
  const chosen = runs.length > 1 ? runs : await pickRuns(services, runs);
  if (chosen && chosen.length > 0) comparisons.show({ runs: chosen });
}

async function pickRuns({ runs }: Services, begun: readonly string[]): Promise<string[] | undefined> {
  await runs.refresh();
  const all = runs.all();
  if (all.length === 0) {
    void window.showInformationMessage(noRuns());
    return undefined;
  }
  const items = all.map((record) => ({ ...runItem(record), picked: begun.includes(record.run) }));
  const title = l10n.t('Compare which runs?');
  const picked = await window.showQuickPick(items, {
    title,
    canPickMany: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.map(({ detail }) => detail);
}

/** Opens a comparison of runs: of a sweep, of those selected in the tree, or of those that are picked. */
import { l10n } from 'vscode';
import type { Services } from '../services.ts';
import { nodesOf } from './chosen-runs.ts';
import { pickRuns } from './pick-runs.ts';
import { noRuns } from './show-run.ts';
import { runOf, sweepOf } from './targets.ts';

export async function compareRuns(services: Services, argument: unknown, selected: unknown): Promise<void> {
  const { comparisons, runs } = services;
  const sweep = sweepOf(argument);
  if (sweep !== undefined) return comparisons.show({ sweep });
  const given = [...new Set(nodesOf(argument, selected).flatMap((node) => runOf(node) ?? []))];
  if (given.length > 1) return comparisons.show({ runs: given });
  // One run alone is where a choice begins.
  await runs.refresh();
  const choice = { title: l10n.t('Compare which runs?'), none: noRuns(), picked: new Set(given) };
  const chosen = await pickRuns(runs, choice);
  if (chosen.length > 0) comparisons.show({ runs: chosen.map(({ run }) => run) });
}

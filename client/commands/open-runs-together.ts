/** Opens the panel of a run with other runs laid over it. */
import { l10n, window } from 'vscode';
import type { Services } from '../services.ts';
import { pickRuns } from './pick-runs.ts';
import { noRuns } from './show-run.ts';
import { runOf } from './targets.ts';

/** @param selected what is selected in the tree; without, the runs are chosen from a list. */
export async function openRunsTogether(services: Services, argument: unknown, selected: unknown): Promise<void> {
  const given = (Array.isArray(selected) ? selected : [argument]).map(runOf).filter((run) => run !== undefined);
  if (given.length === 0) {
    await services.runs.refresh();
    if (services.runs.all().length === 0) {
      void window.showInformationMessage(noRuns());
      return;
    }
  }
  const clicked = runOf(argument);
  const first = clicked ?? given[0];
  const chosen = given.length > 1 ? given : await pickRuns(services.runs, new Set(first === undefined ? [] : [first]));
  const own = first ?? chosen[0];
  const others = chosen.filter((run) => run !== own);
  if (own === undefined) return;
  if (others.length === 0 && given.length < 2) {
    if (chosen.length > 0) void window.showInformationMessage(l10n.t('Choose two runs or more.'));
    return;
  }
  services.panels.showTogether(own, others);
}

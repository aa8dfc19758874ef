/** Stops runs, or the points of a sweep, at the next step boundary, with a checkpoint: they can be resumed, so nobody is asked twice. */
import { l10n } from 'vscode';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { isActive } from '../run-text.ts';
import type { Services } from '../services.ts';
import { type Asking, askInTurn, isSeveral, type Meant, meantPoints } from './meant-points.ts';
import { pickRun } from './targets.ts';

const asking: Asking = {
  fits: isActive,
  none: () => l10n.t('Nothing is running.'),
  question: (shown, all, sweep) =>
    l10n.t('{0} of the {1} points of {2} that are in progress are shown. Cancel which?', shown, all, sweep),
  some: (shown) => l10n.t('Cancel the {0} Shown', shown),
  every: (all) => l10n.t('Cancel All {0}', all),
};

export async function cancel(services: Services, argument: unknown, selected: unknown): Promise<RunRecord | undefined> {
  if (isSeveral(argument, selected)) {
    const meant = await meantPoints(services, argument, selected, asking);
    return meant && cancelAll(services, meant);
  }
  const picked = await pickRun(services, argument, l10n.t('Cancel which run?'), asking.none(), isActive);
  return picked && cancelAll(services, [{ run: picked.run }]);
}

/** What waits goes before what runs: else the next of them would begin. @returns the first. */
async function cancelAll(services: Services, meant: readonly Meant[]): Promise<RunRecord | undefined> {
  const { daemon, runs } = services;
  const waits = (one: Meant) => 'run' in one && runs.get(one.run)?.state === 'queued';
  const inOrder = [...meant.filter(waits), ...meant.filter((each) => !waits(each))];
  const records = await askInTurn(services, inOrder, {
    run: (one) => daemon.request('cancel', one),
    sweep: (one) => daemon.request('cancelSweep', one),
  });
  return records[0];
}

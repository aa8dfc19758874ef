/** Goes on with runs that stopped, from their last checkpoints. */
import { l10n } from 'vscode';
import { isSettled } from '../../server/metrics/sweeps.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { isActive, isResumable } from '../run-text.ts';
import type { Services } from '../services.ts';
import { type Asking, askInTurn, isSeveral, type Meant, meantPoints } from './meant-points.ts';
import { demandTrust, pickRun } from './targets.ts';

/** Points that halving has ended stay so. */
const asking: Asking = {
  fits: (record) => isResumable(record) && !isSettled(record),
  none: () => l10n.t('There is no run to resume.'),
  question: (shown, all, sweep) =>
    l10n.t('{0} of the {1} points of {2} that can be resumed are shown. Resume which?', shown, all, sweep),
  some: (shown) => l10n.t('Resume the {0} Shown', shown),
  every: (all) => l10n.t('Resume All {0}', all),
};

export async function resume(services: Services, argument: unknown, selected: unknown): Promise<RunRecord | undefined> {
  if (!(await demandTrust())) return undefined;
  if (isSeveral(argument, selected)) {
    const meant = await meantPoints(services, argument, selected, asking);
    return meant && resumeAll(services, meant, false);
  }
  const picked = await pickRun(services, argument, l10n.t('Resume which run?'), asking.none(), isResumable);
  if (!picked) return undefined;
  const record = await resumeAll(services, [{ run: picked.run }], false);
  services.panels.show(picked.run);
  return record;
}

/** @param failed of sweeps the points alone that failed. @returns the first that goes on. */
export async function resumeAll(
  services: Services,
  meant: readonly Meant[],
  failed: boolean,
): Promise<RunRecord | undefined> {
  const { daemon } = services;
  const records = await askInTurn(services, meant, {
    run: (one) => daemon.request('resume', one),
    sweep: (one) => daemon.request('resumeSweep', { ...one, failed }),
  });
  return records.find(isActive);
}

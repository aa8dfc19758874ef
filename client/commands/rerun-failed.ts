/** Runs the failed points of a sweep again, and leaves the others as they are. */
import { l10n, window } from 'vscode';
import { sweepsOf } from '../../server/metrics/sweeps.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { sweepDescription } from '../sweep-text.ts';
import { type Asking, isSeveral, meantPoints } from './meant-points.ts';
import { resumeAll } from './resume.ts';
import { demandTrust } from './targets.ts';

const asking: Asking = {
  fits: ({ state }) => state === 'failed',
  none: () => l10n.t('No sweep has failed points.'),
  question: (shown, all, sweep) =>
    l10n.t('{0} of the {1} points of {2} that failed are shown. Run which again?', shown, all, sweep),
  some: (shown) => l10n.t('Run the {0} Shown Again', shown),
  every: (all) => l10n.t('Run All {0} Again', all),
};

export async function rerunFailed(
  services: Services,
  argument: unknown,
  selected: unknown,
): Promise<RunRecord | undefined> {
  if (!(await demandTrust())) return undefined;
  if (isSeveral(argument, selected)) {
    const meant = await meantPoints(services, argument, selected, asking);
    return meant && resumeAll(services, meant, true);
  }
  const sweep = await pickSweep(services);
  return sweep === undefined ? undefined : resumeAll(services, [{ sweep }], true);
}

async function pickSweep({ runs }: Services): Promise<string | undefined> {
  await runs.refresh();
  const failed = sweepsOf(runs.all()).filter((sweep) => sweep.runs.some(({ state }) => state === 'failed'));
  if (failed.length === 0) void window.showInformationMessage(asking.none());
  if (failed.length <= 1) return failed[0]?.id;
  const items = failed.map((sweep) => ({ label: sweep.name, description: sweepDescription(sweep), detail: sweep.id }));
  return (await window.showQuickPick(items, { title: l10n.t('Run the failed points of which sweep again?') }))?.detail;
}

/** Runs the failed points of a sweep again, and leaves the others as they are. */
import { l10n, window } from 'vscode';
import { sweepsOf } from '../../server/metrics/sweeps.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { sweepDescription } from '../sweep-text.ts';
import { resumeSweep } from './resume.ts';
import { demandTrust, sweepOf } from './targets.ts';

export async function rerunFailed(services: Services, argument: unknown): Promise<RunRecord | undefined> {
  if (!(await demandTrust())) return undefined;
  const sweep = sweepOf(argument) ?? (await pickSweep(services));
  return sweep === undefined ? undefined : resumeSweep(services, sweep, true);
}

async function pickSweep({ runs }: Services): Promise<string | undefined> {
  await runs.refresh();
  const failed = sweepsOf(runs.all()).filter((sweep) => sweep.runs.some(({ state }) => state === 'failed'));
  if (failed.length === 0) void window.showInformationMessage(l10n.t('No sweep has failed points.'));
  if (failed.length <= 1) return failed[0]?.id;
  const items = failed.map((sweep) => ({ label: sweep.name, description: sweepDescription(sweep), detail: sweep.id }));
  return (await window.showQuickPick(items, { title: l10n.t('Run the failed points of which sweep again?') }))?.detail;
}

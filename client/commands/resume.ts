/** Goes on with a run that stopped, from its last checkpoint. */
import { l10n } from 'vscode';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { isActive, isResumable } from '../run-text.ts';
import type { Services } from '../services.ts';
import { demandTrust, pickRun, sweepOf } from './targets.ts';

export async function resume(services: Services, argument: unknown): Promise<RunRecord | undefined> {
  if (!(await demandTrust())) return undefined;
  const sweep = sweepOf(argument);
  if (sweep !== undefined) return resumeSweep(services, sweep, false);
  const none = l10n.t('There is no run to resume.');
  const picked = await pickRun(services, argument, l10n.t('Resume which run?'), none, isResumable);
  if (!picked) return undefined;
  const record = await services.daemon.request('resume', { run: picked.run });
  services.runs.put(record);
  services.panels.show(record.run);
  return record;
}

/** The points of a sweep that have stopped, or those alone that failed. */
export async function resumeSweep(services: Services, sweep: string, failed: boolean): Promise<RunRecord | undefined> {
  const { runs } = await services.daemon.request('resumeSweep', { sweep, failed });
  for (const record of runs) services.runs.put(record);
  return runs.find(isActive);
}

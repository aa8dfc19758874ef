/** Stops a run, or the points of a sweep, at the next step boundary, with a checkpoint: it can be resumed, so nobody is asked twice. */
import { l10n } from 'vscode';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { isActive } from '../run-text.ts';
import type { Services } from '../services.ts';
import { pickRun, sweepOf } from './targets.ts';

export async function cancel(services: Services, argument: unknown): Promise<RunRecord | undefined> {
  const sweep = sweepOf(argument);
  if (sweep !== undefined) {
    const { runs } = await services.daemon.request('cancelSweep', { sweep });
    for (const record of runs) services.runs.put(record);
    return runs[0];
  }
  const none = l10n.t('Nothing is running.');
  const picked = await pickRun(services, argument, l10n.t('Cancel which run?'), none, isActive);
  if (!picked) return undefined;
  const record = await services.daemon.request('cancel', { run: picked.run });
  services.runs.put(record);
  return record;
}

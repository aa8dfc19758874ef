/** Stops a run at the next step boundary, with a checkpoint: it can be resumed, so nobody is asked twice. */
import { l10n } from 'vscode';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { isActive } from '../run-text.ts';
import type { Services } from '../services.ts';
import { pickRun } from './targets.ts';

export async function cancel(services: Services, argument: unknown): Promise<RunRecord | undefined> {
  const none = l10n.t('Nothing is running.');
  const picked = await pickRun(services, argument, l10n.t('Cancel which run?'), none, isActive);
  if (!picked) return undefined;
  const record = await services.daemon.request('cancel', { run: picked.run });
  services.runs.put(record);
  return record;
}

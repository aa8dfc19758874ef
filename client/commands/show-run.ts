/** Opens the panel of a run. */
import { l10n } from 'vscode';
import type { Services } from '../services.ts';
import { pickRun, runOf } from './targets.ts';

export async function showRun(services: Services, argument: unknown): Promise<void> {
  const run = runOf(argument) ?? (await pickRun(services, argument, l10n.t('Show which run?'), noRuns()))?.run;
  if (run !== undefined) services.panels.show(run);
}

export const noRuns = (): string => l10n.t('There are no runs yet.');

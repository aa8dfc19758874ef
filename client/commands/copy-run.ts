/** Names and directories of runs on the clipboard, one a line. */
import { env, l10n } from 'vscode';
import { shownName } from '../../server/metrics/run-filter.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { chosenRuns } from './chosen-runs.ts';

const copying =
  (title: () => string, of: (record: RunRecord) => string) =>
  async (services: Services, argument: unknown, selected: unknown): Promise<string | undefined> => {
    const records = await chosenRuns(services, argument, selected, { title: title() });
    if (records.length === 0) return undefined;
    const text = records.map(of).join('\n');
    await env.clipboard.writeText(text);
    return text;
  };

export const copyRunPath = copying(
  () => l10n.t('Copy the path of which runs?'),
  ({ run }) => run,
);
export const copyRunName = copying(() => l10n.t('Copy the name of which runs?'), shownName);

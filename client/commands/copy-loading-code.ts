/** Python code for transformers and PEFT that loads what a run has made: on the clipboard, and on request in an editor. */
import { l10n } from 'vscode';
import { RankwiseError } from '../../server/base/errors.ts';
import type { Services } from '../services.ts';
import { copyCode } from './copy-python.ts';
import { noRuns } from './show-run.ts';
import { pickRun } from './targets.ts';

export async function copyLoadingCode(services: Services, argument: unknown): Promise<string | undefined> {
  const title = l10n.t('Copy the code that loads which run?');
  const record = await pickRun(services, argument, title, noRuns(), ({ state }) => state === 'finished');
  if (!record) return undefined;
  const answer = await services.language.loading(record);
  if ('error' in answer) throw RankwiseError.from(answer.error);
  await copyCode(l10n.t('Copied as Python code for transformers.'), answer.code);
  return answer.code;
}

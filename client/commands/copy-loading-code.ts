/** Python code for transformers and PEFT that loads what a run has made: on the clipboard, and on request in an editor. */
import { l10n } from 'vscode';
import { RankwiseError } from '../../server/base/errors.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { copyCode } from './copy-python.ts';
import { pickRun } from './targets.ts';

const hasResult = ({ adapters = [], modelPath }: RunRecord) => adapters.length > 0 || modelPath !== undefined;

export async function copyLoadingCode(services: Services, argument: unknown): Promise<string | undefined> {
  const title = l10n.t('Copy the code that loads which run?');
  const none = l10n.t('There is no run with a result yet.');
  const record = await pickRun(services, argument, title, none, hasResult);
  if (!record) return undefined;
  const answer = await services.language.loading(record);
  if ('error' in answer) throw RankwiseError.from(answer.error);
  await copyCode(l10n.t('Copied as Python code for transformers.'), answer.code);
  return answer.code;
}

/** How errors reach people: message and next step in a notification, the rest in the log. */
import { type LogOutputChannel, l10n, window } from 'vscode';
import { errorData } from '../server/base/errors.ts';

export async function showError(log: LogOutputChannel, thrown: unknown): Promise<void> {
  const { code, message, hint, file, field } = errorData(thrown);
  log.error([code, file, field, message].filter(Boolean).join(': '));
  if (thrown instanceof Error && code === 'internal') log.error(thrown);
  const showLog = l10n.t('Show Log');
  const chosen = await window.showErrorMessage(hint === undefined ? message : `${message} ${hint}`, showLog);
  if (chosen === showLog) log.show();
}

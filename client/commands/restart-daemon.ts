/** Stops the daemon and starts it again; runs in progress are interrupted only after a question, and can be resumed. */
import { l10n, window } from 'vscode';
import type { Services } from '../services.ts';

export async function restartDaemon({ daemon, runs, log }: Services): Promise<void> {
  const { stopping, jobs } = await daemon.request('shutdown', {});
  if (!stopping) {
    const restart = l10n.t('Interrupt and Restart');
    const detail = l10n.t('They keep their last checkpoint and can be resumed.');
    const question = l10n.t('Restarting interrupts {0} run(s) in progress.', jobs);
    if ((await window.showWarningMessage(question, { modal: true, detail }, restart)) !== restart) return;
    await daemon.request('shutdown', { force: true });
  }
  await gone(daemon);
  await runs.refresh();
  log.info(`the daemon was restarted (process ${daemon.daemon?.pid})`);
  void window.showInformationMessage(l10n.t('The daemon was restarted.'));
}

/** Resolves when the old daemon has closed the connection; a moment is all it needs. */
function gone(daemon: Services['daemon']): Promise<void> {
  return new Promise((resolve) => {
    if (!daemon.daemon) {
      resolve();
      return;
    }
    const stop = daemon.on('disconnected', () => {
      stop();
      resolve();
    });
  });
}

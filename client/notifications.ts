/** A word when a run of this window ends, once, and only to someone who is not looking at it already. */
import { commands, l10n, Uri, window, workspace } from 'vscode';
import { duration } from '../server/base/units.ts';
import { isPoint, isSettled, type Sweep, sweepsOf } from '../server/metrics/sweeps.ts';
import type { RunRecord } from '../server/protocol/runs.ts';
import { change, ending, isActive } from './run-text.ts';
import type { Services } from './services.ts';
import { sweepDescription } from './sweep-text.ts';

export function notifyOfEndings({ context, runs, panels, log }: Services): void {
  context.subscriptions.push(
    runs.onDidChange((event) => {
      const end = event && ending(event.before, event.now);
      if (!end) return;
      log.info(`${event.now.id}: ${end}`);
      if (isPoint(event.now)) {
        const [sweep] = sweepsOf(runs.all().filter(({ sweep: place }) => place?.id === event.now.sweep?.id));
        // One word for all points, when none is left.
        if (sweep && !sweep.runs.some(isActive) && concerns(event.now, false)) void notifyOfSweep(sweep);
        return;
      }
      if (
        concerns(event.now, panels.isOpen(event.now.run)) &&
        !(window.state.focused && panels.isVisible(event.now.run))
      )
        void notify(event.now, end);
    }),
  );
}

/** Other windows have their own runs: this one speaks of those from its folders and those that it shows. */
const concerns = ({ recipe }: RunRecord, isOpen: boolean) =>
  isOpen || workspace.getWorkspaceFolder(Uri.file(recipe)) !== undefined;

async function notifyOfSweep(sweep: Sweep): Promise<void> {
  const show = l10n.t('Show Runs');
  const text = l10n.t('The sweep of {0} has ended: {1}.', sweep.name, sweepDescription(sweep));
  const good = sweep.runs.every(isSettled);
  const chosen = await (good ? window.showInformationMessage(text, show) : window.showWarningMessage(text, show));
  if (chosen === show) await commands.executeCommand('rankwise.runs.focus');
}

async function notify(record: RunRecord, end: 'finished' | 'failed' | 'interrupted'): Promise<void> {
  const show = l10n.t('Show Run');
  const openFolder = l10n.t('Open Folder');
  const resume = l10n.t('Resume');
  const name = record.name;
  let chosen: string | undefined;
  if (end === 'finished') {
    const parts = [change(record), record.result && duration(record.result.seconds)].filter(Boolean).join(', ');
    const text = parts ? l10n.t('{0} finished: {1}.', name, parts) : l10n.t('{0} finished.', name);
    chosen = await window.showInformationMessage(text, show, openFolder);
  } else if (end === 'failed') {
    const { message = '', hint = '' } = record.error ?? {};
    chosen = await window.showErrorMessage(l10n.t('{0} failed: {1}', name, `${message} ${hint}`.trim()), show);
  } else {
    chosen = await window.showWarningMessage(
      l10n.t('{0} was interrupted after step {1} of {2}.', name, record.step, record.totalSteps),
      resume,
      show,
    );
  }
  const target = { run: record.run };
  if (chosen === show) await commands.executeCommand('rankwise.showRun', target);
  if (chosen === openFolder) await commands.executeCommand('rankwise.openRunDirectory', target);
  if (chosen === resume) await commands.executeCommand('rankwise.resume', target);
}

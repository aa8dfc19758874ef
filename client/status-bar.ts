/** One item, and only while something runs. */
import { type Disposable, l10n, StatusBarAlignment, window } from 'vscode';
import { statusBar } from './run-text.ts';
import type { Runs } from './runs.ts';

export function makeStatusBar(runs: Runs): Disposable {
  const item = window.createStatusBarItem('rankwise.run', StatusBarAlignment.Left, 0);
  item.name = l10n.t('Rankwise Run');
  item.tooltip = l10n.t('Show the run');
  const update = () => {
    const shown = statusBar(runs.active());
    if (!shown) {
      item.hide();
      return;
    }
    item.text = shown.text;
    item.command = { command: 'rankwise.showRun', title: l10n.t('Show Run'), arguments: [{ run: shown.run }] };
    item.show();
  };
  runs.onDidChange(update);
  return item;
}

/** What runs take on disk, the largest first: a way to one of them, and to the trash for several. */
import { l10n, ProgressLocation, type QuickInputButton, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { bytes } from '../../server/base/units.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { showError } from '../messages.ts';
import type { Services } from '../services.ts';
import { removeAsked } from './delete-runs.ts';
import { noRuns } from './show-run.ts';
import { showTrash } from './show-trash.ts';
import { runItem } from './targets.ts';

type Item = QuickPickItem & { record: RunRecord };

export async function showDiskUse(services: Services): Promise<void> {
  const { daemon, runs, runsView, log } = services;
  await runs.refresh();
  const measuring = { location: ProgressLocation.Window, title: l10n.t('Measuring runs …') };
  const use = await window.withProgress(measuring, () => daemon.request('diskUse', {}));
  const items = use.runs
    .flatMap(({ run, bytes: size }) => ({ record: runs.get(run), size }))
    .filter((each): each is { record: RunRecord; size: number } => each.record !== undefined)
    .sort((a, b) => b.size - a.size);
  if (items.length === 0 && use.trash === 0) {
    void window.showInformationMessage(noRuns());
    return;
  }
  const reveal: QuickInputButton = { iconPath: new ThemeIcon('list-tree'), tooltip: l10n.t('Show in the Tree') };
  const remove: QuickInputButton = { iconPath: new ThemeIcon('trash'), tooltip: l10n.t('Delete') };
  const trash: QuickInputButton = { iconPath: new ThemeIcon('trash'), tooltip: l10n.t('Show Trash') };
  const input = window.createQuickPick<Item>();
  const sum = items.reduce((total, { size }) => total + size, 0);
  input.title = l10n.t('Runs: {0}. Trash: {1}', bytes(sum), bytes(use.trash));
  input.placeholder = l10n.t('One is shown in the tree, several can be deleted');
  input.canSelectMany = true;
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  input.buttons = use.trash > 0 ? [trash] : [];
  input.items = items.map(({ record, size }) => {
    const { label, description, detail } = runItem(record);
    return { label, description: [bytes(size), description].join(' · '), detail, record, buttons: [reveal, remove] };
  });
  /** What follows goes on after the list is closed. */
  const then = (go: Promise<unknown>) => {
    go.catch((error) => showError(log, error));
    input.hide();
  };
  input.onDidAccept(() => {
    const chosen = input.selectedItems.map(({ record }) => record);
    if (chosen.length > 1) then(removeAsked(services, chosen));
    else if (chosen[0]) then(runsView.reveal(chosen[0].run));
    else input.hide();
  });
  input.onDidTriggerButton(() => then(showTrash(services)));
  input.onDidTriggerItemButton(({ item, button }) =>
    then(button === reveal ? runsView.reveal(item.record.run) : removeAsked(services, [item.record])),
  );
  input.onDidHide(() => input.dispose());
  input.show();
}

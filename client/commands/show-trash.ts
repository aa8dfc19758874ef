/** What was deleted: to be put back, or deleted for good. */
import { l10n, type QuickInputButton, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { bytes } from '../../server/base/units.ts';
import { shownName } from '../../server/metrics/run-filter.ts';
import type { RunRecord, TrashedRun } from '../../server/protocol/runs.ts';
import { showError } from '../messages.ts';
import { when } from '../run-text.ts';
import type { Services } from '../services.ts';
import { restore } from './delete-runs.ts';

type Item = QuickPickItem & { trashed: TrashedRun };

/** @returns the runs that were put back. */
export async function showTrash(services: Services): Promise<RunRecord[]> {
  const { trashed } = await services.daemon.request('trash', {});
  if (trashed.length === 0) {
    void window.showInformationMessage(l10n.t('The trash is empty.'));
    return [];
  }
  const { trash } = await services.daemon.request('diskUse', { runs: [] });
  const empty: QuickInputButton = { iconPath: new ThemeIcon('trash'), tooltip: l10n.t('Empty Trash') };
  const forGood: QuickInputButton = { iconPath: new ThemeIcon('trash'), tooltip: l10n.t('Delete for Good') };
  const input = window.createQuickPick<Item>();
  input.title = l10n.t('Trash: {0}', bytes(trash));
  input.placeholder = l10n.t('Choose what is to be put back');
  input.canSelectMany = true;
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  input.buttons = [empty];
  input.items = trashed.map((each) => itemOf(each, forGood));
  const places = await new Promise<TrashedRun[]>((done) => {
    const leave = (chosen: readonly Item[]) => {
      done(chosen.map((item) => item.trashed));
      input.hide();
    };
    input.onDidAccept(() => leave(input.selectedItems));
    input.onDidTriggerButton(() => {
      leave([]);
      emptyTrash(services, trashed, bytes(trash)).catch((error) => showError(services.log, error));
    });
    input.onDidTriggerItemButton(({ item }) => {
      leave([]);
      emptyTrash(services, [item.trashed]).catch((error) => showError(services.log, error));
    });
    input.onDidHide(() => {
      done([]);
      input.dispose();
    });
    input.show();
  });
  return places.length > 0 ? restore(services, places) : [];
}

function itemOf(trashed: TrashedRun, forGood: QuickInputButton): Item {
  const { record, removedAt, place } = trashed;
  const description = [record.method, record.model, l10n.t('deleted {0}', when(removedAt))].join(' · ');
  return { label: shownName(record), description, detail: place, trashed, buttons: [forGood] };
}

/** @param size of all of it, where all of it is meant. */
async function emptyTrash({ daemon, log }: Services, trashed: readonly TrashedRun[], size?: string): Promise<void> {
  const [first] = trashed;
  const question =
    size === undefined
      ? l10n.t('Delete {0} for good?', shownName(first!.record))
      : l10n.t('Empty the trash ({0})?', size);
  const detail = l10n.t('This cannot be undone.');
  const go = l10n.t('Delete for Good');
  if ((await window.showWarningMessage(question, { modal: true, detail }, go)) !== go) return;
  // Only what was shown: the trash may have grown since.
  const { deleted, bytes: freed } = await daemon.request('emptyTrash', { places: trashed.map(({ place }) => place) });
  log.info(`${deleted} runs deleted for good, ${freed} bytes`);
  void window.showInformationMessage(l10n.t('{0} freed.', bytes(freed)));
}

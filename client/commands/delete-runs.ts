/** Moves runs to the trash, after a question that says how many and how large, and back again. */
import { l10n, ProgressLocation, window } from 'vscode';
import { bytes } from '../../server/base/units.ts';
import type { RunRecord, TrashedRun } from '../../server/protocol/runs.ts';
import { isActive } from '../run-text.ts';
import type { Services } from '../services.ts';
import { called, chosenRuns } from './chosen-runs.ts';

/** @returns what went to the trash. */
export async function deleteRuns(services: Services, argument: unknown, selected: unknown): Promise<TrashedRun[]> {
  const records = await chosenRuns(services, argument, selected, { title: l10n.t('Delete which runs?') });
  return removeAsked(services, records);
}

export async function removeAsked(services: Services, records: readonly RunRecord[]): Promise<TrashedRun[]> {
  if (records.length === 0) return [];
  const active = records.filter(isActive);
  if (active.length > 0) {
    await offerToCancel(services, active);
    return [];
  }
  if (!(await confirmed(services, records))) return [];
  const { daemon, panels, runs, log } = services;
  const { removed } = await daemon.request('remove', { runs: records.map(({ run }) => run) });
  runs.remove(records.map(({ run }) => run));
  for (const { run } of records) panels.close(run);
  log.info(`${removed.length} runs moved to the trash`);
  void offerUndo(services, records, removed);
  return removed;
}

async function confirmed({ daemon }: Services, records: readonly RunRecord[]): Promise<boolean> {
  const asked = daemon.request('diskUse', { runs: records.map(({ run }) => run) });
  const measuring = { location: ProgressLocation.Window, title: l10n.t('Measuring {0} …', called(records)) };
  const { runs } = await window.withProgress(measuring, () => asked);
  const size = bytes(runs.reduce((sum, each) => sum + each.bytes, 0));
  const [first] = records;
  const sweep = first?.sweep;
  const ofOne = sweep && records.length > 1 && records.every((record) => record.sweep?.id === sweep.id);
  const question = ofOne
    ? l10n.t('Delete {0} of the {1} points of {2} ({3})?', records.length, sweep.points, sweep.name, size)
    : l10n.t('Delete {0} ({1})?', called(records), size);
  const detail = l10n.t('The trash keeps what is deleted until it is emptied.');
  const move = l10n.t('Move to Trash');
  return (await window.showWarningMessage(question, { modal: true, detail }, move)) === move;
}

async function offerToCancel({ daemon, runs }: Services, active: readonly RunRecord[]): Promise<void> {
  const [first] = active;
  const cancel = active.length === 1 ? l10n.t('Cancel Run') : l10n.t('Cancel {0} Runs', active.length);
  const text =
    active.length === 1
      ? l10n.t('{0} is in progress. Cancel it before you delete it.', called([first!]))
      : l10n.t('{0} of these runs are in progress. Cancel them before you delete them.', active.length);
  if ((await window.showWarningMessage(text, cancel)) !== cancel) return;
  for (const { run } of active) runs.put(await daemon.request('cancel', { run }));
}

async function offerUndo(services: Services, records: readonly RunRecord[], removed: TrashedRun[]): Promise<void> {
  const name = called(records);
  // One whose directory was gone has only left the list.
  if (removed.length === 0) {
    void window.showInformationMessage(l10n.t('{0} left the list.', name));
    return;
  }
  const undo = l10n.t('Undo');
  if ((await window.showInformationMessage(l10n.t('Moved {0} to the trash.', name), undo)) !== undo) return;
  await restore(services, removed);
}

/** Puts runs back; `from` is what the trash says of them. */
export async function restore({ daemon, runs, runsView }: Services, from: readonly TrashedRun[]): Promise<RunRecord[]> {
  const answer = await daemon.request('restore', { places: from.map(({ place }) => place) });
  for (const record of answer.runs) runs.put(record);
  const [first] = answer.runs;
  if (first) await runsView.reveal(first.run);
  return answer.runs;
}

/** The saved adapters that a command is about: of a run, of a folder, or picked. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { l10n, type QuickPickItem, Uri, window } from 'vscode';
import { RankwiseError } from '../../server/base/errors.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { pickFolder, pickRun, runItem, runOf } from './targets.ts';

export interface SavedAdapter {
  /** The folder of one adapter, or that of a run with several. */
  folder: string;
  name: string;
  /** What a result is put beside. */
  beside: string;
}

/** Handed over by a view or the explorer, else the run or folder that the user picks. */
export async function pickAdapter(services: Services, argument: unknown, title: string) {
  if (argument instanceof Uri) return ofFolder(argument.fsPath);
  if (runOf(argument) !== undefined) {
    const record = await pickRun(services, argument, title, '');
    return record && ofRun(record);
  }
  const folder = { label: l10n.t('Folder of an Adapter …') };
  const picked = await window.showQuickPick<RunItem>([...(await runItems(services)), folder], {
    title,
    matchOnDetail: true,
  });
  if (picked?.adapter) return picked.adapter;
  return picked && pickAdapterFolder();
}

/** At least one; those handed over, or as many as the user picks. */
export async function pickAdapters(services: Services, argument: unknown, selected: unknown): Promise<SavedAdapter[]> {
  const given = [Array.isArray(selected) ? selected : (argument ?? [])].flat();
  const known: SavedAdapter[] = [];
  for (const one of given) {
    const adapter = await pickAdapter(services, one, '');
    if (adapter) known.push(adapter);
  }
  if (known.length > 1) return known;
  const folders = known.map(({ folder }) => folder);
  const items = (await runItems(services)).map((item) => ({
    ...item,
    picked: folders.includes(item.adapter!.folder),
  }));
  const others = known.filter(({ folder }) => !items.some(({ adapter }) => adapter!.folder === folder));
  const more: RunItem = { label: l10n.t('And the Folder of an Adapter …') };
  const shown = [
    ...others.map((adapter) => ({ label: adapter.name, detail: adapter.folder, adapter, picked: true })),
    ...items,
    more,
  ];
  const picked = await window.showQuickPick<RunItem>(shown, {
    title: l10n.t('Compose which adapters?'),
    canPickMany: true,
    matchOnDetail: true,
  });
  const chosen = picked?.flatMap(({ adapter }) => adapter ?? []) ?? [];
  const last = picked?.includes(more) ? await pickAdapterFolder() : undefined;
  return last ? [...chosen, last] : chosen;
}

type RunItem = QuickPickItem & { adapter?: SavedAdapter };

async function runItems({ runs }: Services): Promise<RunItem[]> {
  await runs.refresh();
  return runs
    .all()
    .filter(({ state, adapters = [] }) => state === 'finished' && adapters.length > 0)
    .map((record) => ({ ...runItem(record), adapter: ofRun(record) }));
}

function ofRun({ run, name, adapters = [] }: RunRecord): SavedAdapter {
  if (adapters.length > 0) return { folder: path.join(run, 'adapter'), name, beside: run };
  throw new RankwiseError('no-adapter', `${name} has no adapter.`, {
    file: run,
    hint: 'A finished run has one, unless it trained the whole model.',
  });
}

/** A folder, or a file in it such as adapter_config.json; a run's folder stands for its adapters. */
function ofFolder(given: string): SavedAdapter {
  const folder = statSync(given).isDirectory() ? given : path.dirname(given);
  const inside = path.join(folder, 'adapter');
  const own = existsSync(path.join(folder, 'adapter_config.json'));
  return { folder: !own && existsSync(inside) ? inside : folder, name: path.basename(folder), beside: folder };
}

async function pickAdapterFolder(): Promise<SavedAdapter | undefined> {
  const folder = await pickFolder(l10n.t('Choose Adapter'));
  return folder === undefined ? undefined : ofFolder(folder);
}

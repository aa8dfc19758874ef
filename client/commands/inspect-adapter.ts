/** Shows what a saved adapter is, or how it differs from another one. */
import { l10n, ProgressLocation, window, workspace } from 'vscode';
import type { InspectResult } from '../../server/protocol/inspect.ts';
import type { Services } from '../services.ts';
import { pickAdapter } from './adapter-targets.ts';
import { demandTrust } from './targets.ts';

/** An editor's width. */
const columns = 110;

/** @returns what is shown; undefined where nothing was chosen. */
export async function inspectAdapter(services: Services, argument: unknown): Promise<InspectResult | undefined> {
  if (!(await demandTrust())) return undefined;
  const adapter = await pickAdapter(services, argument, l10n.t('Inspect which adapter?'));
  return adapter && show(services, [adapter.folder]);
}

/** `selected`: both, where two were marked in the explorer; else the second is asked for. */
export async function compareAdapters(
  services: Services,
  argument: unknown,
  selected: unknown,
): Promise<InspectResult | undefined> {
  if (!(await demandTrust())) return undefined;
  const given: unknown[] = Array.isArray(selected) && selected.length === 2 ? selected : [argument, undefined];
  const first = await pickAdapter(services, given[0], l10n.t('Compare which adapter?'));
  const second =
    first && (await pickAdapter(services, given[1], l10n.t('Compare {0} with which adapter?', first.name)));
  return second && show(services, [first.folder, second.folder]);
}

async function show({ daemon, inspections }: Services, folders: readonly string[]): Promise<InspectResult> {
  const [adapter, other] = folders as [string, string?];
  const roots = (workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
  const params = { adapter, ...(other !== undefined && { other }), roots, columns };
  const result = await window.withProgress(
    { location: ProgressLocation.Window, title: l10n.t('Reading the adapter …') },
    () => daemon.request('inspect', params),
  );
  await inspections.show(folders, result);
  return result;
}

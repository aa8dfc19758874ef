/** The runs that a command for several is about: selected in the tree, or picked from a list; a sweep stands for its points there. */
import { l10n, window } from 'vscode';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { noRuns } from './show-run.ts';
import { runItem, runOf, sweepOf } from './targets.ts';

/**
 * @param argument a node, or `'selection'` from a key, which hands over nothing. @param selected what is selected where `argument` was clicked.
 * @param title of the list, where neither leads to runs. @returns each once; none where nothing was chosen.
 */
export async function chosenRuns(
  services: Services,
  argument: unknown,
  selected: unknown,
  title: string,
  fits: (record: RunRecord) => boolean = () => true,
): Promise<RunRecord[]> {
  const { runs, runsView } = services;
  if (argument === 'selection') return unique(runsView.selection.flatMap((node) => runsAt(services, node)));
  const nodes: unknown[] = Array.isArray(selected) && selected.length > 0 ? selected : [argument];
  const given = unique(nodes.flatMap((node) => runsAt(services, node)));
  if (given.length > 0) return given;
  await runs.refresh();
  // What was handed over may be newer than the list.
  const now = unique(nodes.flatMap((node) => runsAt(services, node)));
  if (now.length > 0) return now;
  const offered = runs.all().filter(fits);
  if (offered.length === 0) {
    void window.showInformationMessage(noRuns());
    return [];
  }
  const options = { title, canPickMany: true, matchOnDescription: true, matchOnDetail: true } as const;
  return ((await window.showQuickPick(offered.map(runItem), options)) ?? []).map(({ record }) => record);
}

/** Of a sweep the points that the tree shows: what a filter hides is not meant. */
function runsAt({ runs, runsView }: Services, node: unknown): RunRecord[] {
  const sweep = sweepOf(node);
  if (sweep !== undefined) return runsView.tree.groups.points(sweep);
  const run = runOf(node);
  const record = run === undefined ? undefined : runs.get(run);
  return record ? [record] : [];
}

const unique = (records: readonly RunRecord[]): RunRecord[] => [
  ...new Map(records.map((record) => [record.run, record])).values(),
];

/** "pirate", or "3 runs". */
export const called = (records: readonly RunRecord[]): string =>
  records.length === 1 ? runItem(records[0]!).label : l10n.t('{0} runs', records.length);

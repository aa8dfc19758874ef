/** The runs that a command for several is about: selected in the tree, or picked from a list; a sweep stands for its points there. */
import { l10n } from 'vscode';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { type Choice, pickRuns } from './pick-runs.ts';
import { noRuns } from './show-run.ts';
import { runItem, runOf, sweepOf } from './targets.ts';

/**
 * @param argument a node, or `'selection'` from a key, which hands over nothing. @param selected what is selected where `argument` was clicked.
 * @param choice the list, where neither leads to runs. @returns each once; none where nothing was chosen.
 */
export async function chosenRuns(
  services: Pick<Services, 'runs' | 'runsView'>,
  argument: unknown,
  selected: unknown,
  choice: Omit<Choice, 'none'> & Partial<Pick<Choice, 'none'>>,
): Promise<RunRecord[]> {
  const { runs, runsView } = services;
  if (argument === 'selection') return runsOf(services, runsView.selection);
  const nodes = nodesOf(argument, selected);
  const given = runsOf(services, nodes);
  if (given.length > 0) return given;
  await runs.refresh();
  // What was handed over may be newer than the list.
  const now = runsOf(services, nodes);
  return now.length > 0 ? now : pickRuns(runs, { none: noRuns(), ...choice });
}

/** The menu of a line hands over the line, and all that are selected where it is one of them. */
export const nodesOf = (argument: unknown, selected: unknown): readonly unknown[] =>
  Array.isArray(selected) && selected.length > 0 ? selected : [argument];

/** Each once. Of a sweep the points that the tree shows: what a filter hides is not meant. */
export function runsOf(
  { runs, runsView }: Pick<Services, 'runs' | 'runsView'>,
  nodes: readonly unknown[],
): RunRecord[] {
  const records = nodes.flatMap((node) => {
    const sweep = sweepOf(node);
    if (sweep !== undefined) return runsView.tree.groups.points(sweep);
    const run = runOf(node);
    return run === undefined ? [] : (runs.get(run) ?? []);
  });
  return [...new Map(records.map((record) => [record.run, record])).values()];
}

/** "pirate", or "3 runs". */
export const called = (records: readonly RunRecord[]): string =>
  records.length === 1 ? runItem(records[0]!).label : l10n.t('{0} runs', records.length);

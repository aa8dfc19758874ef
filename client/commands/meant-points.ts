/**
 * What cancel, resume and their like are about: the lines of the tree that are selected. Of a sweep of which a filter hides points that are concerned, the
 * person says whether those are meant, too: the line counts all points, what is below it shows some.
 */
import { l10n, type MessageItem, window } from 'vscode';
import type { Sweep } from '../../server/metrics/sweeps.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { RunGroups } from '../run-groups.ts';
import type { Services } from '../services.ts';
import { sweepName } from '../sweep-text.ts';
import { nodesOf } from './chosen-runs.ts';
import { runOf, sweepOf } from './targets.ts';

/** A whole sweep, some points of one, or a run. */
export type Meant = { sweep: string } | { run: string };

export interface Asking {
  fits(record: RunRecord): boolean;
  /** What to say where none of them fits. */
  none(): string;
  question(shown: number, all: number, sweep: string): string;
  /** What the button for those that are shown says, and the one for all. */
  some(shown: number): string;
  every(all: number): string;
}

/** Points of a sweep that a command is about, and those of them that the filter shows. */
export function concerned(groups: Pick<RunGroups, 'sweep' | 'points'>, id: string, fits: Asking['fits']) {
  return { all: groups.sweep(id)?.runs.filter(fits) ?? [], shown: groups.points(id).filter(fits) };
}

/** Whether lines of the tree that stand for more than one run were handed over. */
export const isSeveral = (argument: unknown, selected: unknown): boolean => {
  const nodes = nodesOf(argument, selected);
  return nodes.length > 1 || nodes.some((node) => sweepOf(node) !== undefined);
};

/** Undefined where the person leaves, or nothing fits: that is said. */
export async function meantPoints(
  { runs, runsView }: Pick<Services, 'runs' | 'runsView'>,
  argument: unknown,
  selected: unknown,
  asking: Asking,
): Promise<Meant[] | undefined> {
  const { groups } = runsView.tree;
  const nodes = nodesOf(argument, selected);
  const records = nodes.flatMap((node) => runs.get(runOf(node) ?? '') ?? []).filter(asking.fits);
  const whole = new Set<string>();
  for (const id of new Set(nodes.flatMap((node) => sweepOf(node) ?? []))) {
    const { all, shown } = concerned(groups, id, asking.fits);
    const sweep = groups.sweep(id);
    if (all.length === 0 || !sweep) continue;
    const answer = shown.length === all.length || (await askForAll(sweep, shown.length, all.length, asking));
    if (answer === undefined) return undefined;
    if (answer) whole.add(id);
    else records.push(...shown);
  }
  const single = new Set(records.flatMap(({ run, sweep }) => (sweep && whole.has(sweep.id) ? [] : run)));
  if (whole.size + single.size > 0)
    return [...[...whole].map((sweep) => ({ sweep })), ...[...single].map((run) => ({ run }))];
  void window.showInformationMessage(asking.none());
  return undefined;
}

async function askForAll(sweep: Sweep, shown: number, all: number, asking: Asking): Promise<boolean | undefined> {
  const some = { title: asking.some(shown) };
  const every = { title: asking.every(all) };
  // The editor's own "Cancel" would be another cancel.
  const leave: MessageItem = { title: l10n.t('Do Nothing'), isCloseAffordance: true };
  const detail = l10n.t('The filter of the view hides the others.');
  const items = [...(shown > 0 ? [some] : []), every, leave];
  const question = asking.question(shown, all, sweepName(sweep));
  const chosen = await window.showWarningMessage(question, { modal: true, detail }, ...items);
  return chosen === every ? true : chosen === some ? false : undefined;
}

/** Asks the daemon for one after another. @returns what all of them are by then. */
export async function askInTurn(
  { runs }: Pick<Services, 'runs'>,
  meant: readonly Meant[],
  ask: { run(one: { run: string }): Promise<RunRecord>; sweep(one: { sweep: string }): Promise<{ runs: RunRecord[] }> },
): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  for (const one of meant) {
    const now = 'run' in one ? [await ask.run(one)] : (await ask.sweep(one)).runs;
    for (const record of now) runs.put(record);
    records.push(...now);
  }
  return records;
}

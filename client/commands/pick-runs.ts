/** Lets a person choose several runs from a list. */
import { l10n, window } from 'vscode';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Runs } from '../runs.ts';
import { noRuns } from './show-run.ts';
import { runItem } from './targets.ts';

export interface Choice {
  title: string;
  /** What to say where runs are there, but none is offered. */
  none: string;
  fits?(record: RunRecord): boolean;
  /** Chosen already when the list opens. */
  picked?: ReadonlySet<string>;
}

/** @returns none when nothing was chosen, or nothing was there to choose from: that is said. */
export async function pickRuns(runs: Pick<Runs, 'all'>, { title, none, fits, picked }: Choice): Promise<RunRecord[]> {
  const all = runs.all();
  const offered = fits ? all.filter(fits) : all;
  if (offered.length === 0) {
    void window.showInformationMessage(all.length === 0 ? noRuns() : none);
    return [];
  }
  const items = offered.map((record) => ({ ...runItem(record), picked: picked?.has(record.run) === true }));
  const options = { title, canPickMany: true, matchOnDescription: true, matchOnDetail: true } as const;
  return ((await window.showQuickPick(items, options)) ?? []).map(({ record }) => record);
}

/** The runs that can be laid over others. */
export const overlay = (without: Iterable<string> = []): Choice => {
  const there = new Set(without);
  return {
    title: l10n.t('Runs to lay over this one'),
    none: l10n.t('There are no other runs to lay over this one.'),
    fits: (record) => hasCurves(record) && !there.has(record.run),
  };
};

export const hasCurves = ({ state }: RunRecord): boolean => state !== 'missing' && state !== 'queued';

/** Opens the panel of a run with other runs laid over it: those selected in the tree, the points of a sweep, or those that are picked. */
import { l10n, window } from 'vscode';
import { byMetric, isPoint } from '../../server/metrics/sweeps.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { nodesOf, runsOf } from './chosen-runs.ts';
import { hasCurves, overlay, pickRuns } from './pick-runs.ts';
import { runOf, sweepOf } from './targets.ts';

/** More points of a sweep than this are asked about: the curves of a hundred tell nothing. */
const readable = 12;

export async function openRunsTogether(services: Services, argument: unknown, selected: unknown): Promise<void> {
  const { panels } = services;
  const nodes = nodesOf(argument, selected);
  const given = runsOf(services, nodes).filter(hasCurves);
  const asks = given.length < 2 || (given.length > readable && nodes.some((node) => sweepOf(node) !== undefined));
  const chosen = asks ? await choose(services, given) : given;
  if (chosen.length === 0) return;
  const all = [...new Set([...(given.length === 1 ? given : []), ...chosen].map(({ run }) => run))];
  // The one that was clicked keeps its panel, with its colour.
  const clicked = runOf(argument);
  const own = clicked !== undefined && all.includes(clicked) ? clicked : all[0]!;
  if (all.length > 1)
    panels.showTogether(
      own,
      all.filter((run) => run !== own),
    );
  else void window.showInformationMessage(l10n.t('Choose two runs or more.'));
}

/** Beside one run any other; of a large sweep its points, the best of them chosen already. */
async function choose({ runs }: Services, given: readonly RunRecord[]): Promise<RunRecord[]> {
  if (given.length > 1) {
    const points = new Set(given.map(({ run }) => run));
    const best = byMetric(given.filter(isPoint)).slice(0, readable);
    return pickRuns(runs, {
      title: l10n.t('Open which of {0} runs together?', given.length),
      none: '',
      fits: ({ run }) => points.has(run),
      picked: new Set((best.length > 0 ? best : given.slice(0, readable)).map(({ run }) => run)),
    });
  }
  await runs.refresh();
  const offered = overlay(given.map(({ run }) => run));
  return pickRuns(runs, given.length > 0 ? offered : { ...offered, title: l10n.t('Open which runs together?') });
}

/** What people say of runs: stars, titles, the archive. */
import { l10n, window } from 'vscode';
import { type ErrorData, RankwiseError } from '../../server/base/errors.ts';
import { longestTitle, titleFault } from '../../server/base/labels.ts';
import { shownName } from '../../server/metrics/run-filter.ts';
import type { LabelChange } from '../../server/protocol/daemon.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { called, chosenRuns } from './chosen-runs.ts';
import type { Choice } from './pick-runs.ts';

type Command = (services: Services, argument: unknown, selected: unknown) => Promise<RunRecord[]>;

/** The runs as they are then. Those whose directories are gone are left out: nothing can be kept there. */
export async function label({ daemon, runs }: Services, records: readonly RunRecord[], change: LabelChange) {
  const there = records.filter(({ state }) => state !== 'missing');
  if (there.length === 0) return [];
  const answer = await daemon.request('label', { runs: there.map(({ run }) => run), change });
  for (const record of answer.runs) runs.put(record);
  if (answer.failed) throw unlabelled(answer.failed, there.length);
  return answer.runs;
}

/** The first fault, and how many there are. */
function unlabelled(failed: readonly { error: ErrorData }[], all: number): RankwiseError {
  const { error } = failed[0]!;
  if (all === 1) return RankwiseError.from(error);
  const message = l10n.t('{0} of {1} runs could not be labelled. {2}', failed.length, all, error.message);
  return RankwiseError.from({ ...error, message });
}

const labelling =
  (change: LabelChange, choice: () => Choice): Command =>
  async (services, argument, selected) =>
    label(services, await chosenRuns(services, argument, selected, choice()), change);

export const starRuns = labelling({ starred: true }, () => ({
  title: l10n.t('Star which runs?'),
  none: l10n.t('All runs have a star already.'),
  fits: ({ labels }) => !labels?.starred,
}));
export const unstarRuns = labelling({ starred: false }, () => ({
  title: l10n.t('Take the star from which runs?'),
  none: l10n.t('No run has a star.'),
  fits: ({ labels }) => labels?.starred === true,
}));
export const archiveRuns = labelling({ archived: true }, () => ({
  title: l10n.t('Archive which runs?'),
  none: l10n.t('All runs are in the archive already.'),
  fits: ({ labels }) => !labels?.archived,
}));
export const unarchiveRuns = labelling({ archived: false }, () => ({
  title: l10n.t('Bring which runs back from the archive?'),
  none: l10n.t('The archive is empty.'),
  fits: ({ labels }) => labels?.archived === true,
}));

/** An empty title brings back the name. */
export const renameRuns: Command = async (services, argument, selected) => {
  const records = await chosenRuns(services, argument, selected, { title: l10n.t('Rename which runs?') });
  const [first] = records;
  if (!first) return [];
  const title = await window.showInputBox({
    title: l10n.t('Rename {0}', called(records)),
    prompt: l10n.t('The directory keeps its name. Empty: {0}', first.sweep?.name ?? first.name),
    value: shownName(first),
    validateInput: fault,
  });
  if (title === undefined) return [];
  const given = title.trim();
  // The name itself is no title: what is named so in the recipe follows the recipe.
  return label(services, records, { title: given === '' || given === first.name ? null : given });
};

function fault(title: string): string | undefined {
  return title.trim() === '' || !titleFault(title)
    ? undefined
    : l10n.t('One line of at most {0} characters.', longestTitle);
}

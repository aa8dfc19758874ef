/** The runs that a command's RUN... are: those of a sweep all together. */

import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { nearest } from '../../base/suggest.ts';
import type { TrashedRun } from '../../protocol/runs.ts';
import type { DaemonConnection } from '../../wire/connection.ts';
import { findRuns, isFolder, knownRuns } from '../run-names.ts';

/** Directories, each once. Errors: `unknown-run`, `ambiguous-run`. */
export function chosenRuns(given: readonly string[]): string[] {
  const known = knownRuns();
  return [...new Set(given.flatMap((each) => findRuns(each, known)))];
}

/** Run directories from elsewhere are made known first. Errors: `not-a-run`. */
export async function makeKnown(daemon: DaemonConnection, runs: readonly string[]): Promise<void> {
  const known = new Set(knownRuns().map(({ run }) => run));
  for (const run of runs) if (!known.has(run) && isFolder(run)) await daemon.request('adopt', { run });
}

/**
 * One by its directory, id, name, title, or the beginning of an id that it alone has; all points of a sweep by its id, name, or a beginning that they alone have. Of
 * several that are called so what was removed last. Errors: `not-in-trash`, `ambiguous-run`.
 */
export function chosenTrashed(given: string, trashed: readonly TrashedRun[]): TrashedRun[] {
  const at = trashed.find(({ place, record }) => [place, record.run].includes(path.resolve(given)));
  const named = trashed.find(({ place, record: { id, name, labels } }) =>
    [path.basename(place), id, name, labels?.title].includes(given),
  );
  if (at ?? named) return [(at ?? named)!];
  const swept = trashed.find(({ record: { sweep } }) => sweep && [sweep.id, sweep.name].includes(given));
  if (swept) return trashed.filter(({ record }) => record.sweep?.id === swept.record.sweep!.id);
  const begun = given === '' ? [] : trashed.filter(({ record }) => record.id.startsWith(given));
  if (new Set(begun.map(({ record, place }) => record.sweep?.id ?? place)).size === 1) return begun;
  if (begun.length > 1)
    throw new RankwiseError('ambiguous-run', `${JSON.stringify(given)} may be any of ${begun.length} removed runs.`, {
      hint: `Name one by its place: ${someOf(begun.map(({ place }) => place))}`,
    });
  const near = nearest(
    given,
    trashed.flatMap(({ record: { id, name } }) => [id, name]),
  );
  throw new RankwiseError('not-in-trash', `There is no run ${JSON.stringify(given)} in the trash.`, {
    hint: near ? `Did you mean ${near}?` : '`rankwise trash` lists what is.',
  });
}

/** "a, b, c, …". */
const someOf = (names: readonly string[]): string =>
  [...names.slice(0, 3), ...(names.length > 3 ? ['…'] : [])].join(', ');

/** "1 run", "3 runs". */
export const runsText = (number: number): string => (number === 1 ? '1 run' : `${number.toLocaleString('en-US')} runs`);

/** What RUN may be on the command line: a run directory, or the id, its unambiguous beginning, or the name or title of a known run. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { isRun } from '../base/run-folder.ts';
import { nearest } from '../base/suggest.ts';
import { IndexFile, type IndexLine } from '../daemon/index-file.ts';
import { homeFolder } from '../wire/places.ts';

/** What the index says; for whoever looks for many. */
export const knownRuns = (): Known => new IndexFile(homeFolder()).read().lines;

/** Absolute path of a run directory; another folder gives way to a run of that name; of a name the newest run, with `trained` the newest that has a result. Errors: `unknown-run`, `ambiguous-run`. */
export function findRun(given: string, { trained = false, among }: { trained?: boolean; among?: Known } = {}): string {
  const isThere = isFolder(given);
  if (isThere && isRun(given)) return realpathSync(given);
  const lines = among ?? knownRuns();
  if (isThere && !lines.some((line) => line.id === given || isCalled(line, given))) return realpathSync(given);
  const known = lines.find(({ run }) => run === path.resolve(given));
  if (known) return known.run;
  // One of a name; an id or the beginning of one must be unambiguous.
  const exact = lines.filter(({ id }) => id === given);
  const called = lines.filter((line) => isCalled(line, given));
  const withResult = trained ? called.filter(({ run }) => hasResult(run)) : [];
  const named = withResult.length > 0 ? withResult : called;
  const begun = given === '' ? [] : lines.filter(({ id }) => id.startsWith(given));
  const found = exact.length > 0 ? exact : named.length > 0 ? [newest(named)] : begun;
  if (found.length === 1) return found[0]!.run;
  if (found.length > 1)
    throw new RankwiseError('ambiguous-run', `${JSON.stringify(given)} may be any of ${found.length} runs.`, {
      hint: `Name one by its directory: ${found
        .slice(0, 3)
        .map(({ run }) => run)
        .join(', ')}`,
    });
  const near = nearest(
    given,
    lines.flatMap(({ id, name, labels }) => [id, name, labels?.title ?? id]),
  );
  throw new RankwiseError('unknown-run', `There is no run ${JSON.stringify(given)}.`, {
    hint: near ? `Did you mean ${near}?` : 'Name a run directory, or a run that `rankwise runs` lists.',
  });
}

/**
 * The id of the sweep that is meant, by its id, the beginning that it alone has, or its name (the newest of that); undefined where one run
 * is meant (a point by its name or title, too), or neither is known. A run directory is always a run, another folder where nothing is called so.
 */
export function findSweep(given: string, among?: Known): string | undefined {
  if (given === '' || (isFolder(given) && isRun(given))) return undefined;
  const lines = among ?? knownRuns();
  if (lines.some(({ id, run }) => id === given || run === path.resolve(given))) return undefined;
  const points = lines.filter((line): line is PointLine => line.sweep !== undefined);
  if (points.some(({ sweep }) => sweep.id === given)) return given;
  const called = lines.filter((line) => isCalled(line, given));
  const named = [...called, ...points.filter((line) => line.sweep.name === given && !called.includes(line))];
  if (named.length > 0) {
    const last = newest(named);
    return called.includes(last) ? undefined : last.sweep?.id;
  }
  if (isFolder(given)) return undefined;
  // Runs of their own that begin so, too, make it ambiguous.
  const begun = new Set(lines.filter(({ id }) => id.startsWith(given)).map(({ sweep }) => sweep?.id));
  return begun.size === 1 ? [...begun][0] : undefined;
}

/** The directory of a run, or those of all points of a sweep. Errors: those of `findRun`. */
export function findRuns(given: string, among: Known): string[] {
  const id = findSweep(given, among);
  return id === undefined
    ? [findRun(given, { among })]
    : among.flatMap(({ sweep, run }) => (sweep?.id === id ? run : []));
}

type Known = readonly IndexLine[];
type PointLine = IndexLine & Required<Pick<IndexLine, 'sweep'>>;

const isCalled = ({ name, labels }: IndexLine, given: string): boolean => name === given || labels?.title === given;

const hasResult = (run: string): boolean => ['adapter', 'model'].some((result) => existsSync(path.join(run, result)));

export const isFolder = (folder: string): boolean =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;

const newest = (lines: readonly IndexLine[]): IndexLine =>
  lines.reduce((best, line) => (line.createdAt > best.createdAt ? line : best));

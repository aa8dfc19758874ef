/** What `rankwise report` is about: runs, sweeps, and folders of runs, read from their directories. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { isRun } from '../base/run-folder.ts';
import type { IndexLine } from '../daemon/index-file.ts';
import { readRecord, recordFromRecipe } from '../daemon/record.ts';
import { foldAttempt } from '../daemon/recovery.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { comparedRun } from '../report/compared.ts';
import type { ReportRun } from '../report/model.ts';
import { readHistory, readRecipe } from '../report/read.ts';
import { findRuns, isFolder, knownRuns } from './run-names.ts';

/** Directories of runs, each once. Errors: `unknown-run`, `ambiguous-run`, `no-runs`. */
export function runsOf(given: readonly string[]): string[] {
  const known = knownRuns();
  return [...new Set(given.flatMap((each) => runsCalled(each, known)))];
}

function runsCalled(given: string, known: readonly IndexLine[]): string[] {
  if (isFolder(given) && !isRun(given) && !readRecord(path.resolve(given))) {
    const below = readdirSync(given, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => path.resolve(given, name))
      .filter((folder) => isRun(folder) || readRecord(folder) !== undefined);
    if (below.length > 0) return below.sort();
    const called = findRuns(given, known);
    if (called.length > 1 || isRun(called[0]!)) return called;
    throw new RankwiseError('no-runs', `${path.resolve(given)} holds no runs.`, {
      file: path.resolve(given),
      hint: 'Name run directories, runs that `rankwise runs` lists, or a folder of run directories.',
    });
  }
  return findRuns(given, known);
}

/** What stands in a run directory, as far as it is there. */
export async function readRun(run: string): Promise<ReportRun> {
  const record = await recordOf(run);
  const recipe = readRecipe(run);
  const history = await readHistory(run);
  return {
    compared: comparedRun(record, recipe, history),
    history,
    ...(recipe !== undefined && { recipe }),
    ...(record.pinned && { versions: record.pinned.versions }),
  };
}

async function recordOf(run: string): Promise<RunRecord> {
  const written = readRecord(run);
  if (written) return written;
  const rebuilt = recordFromRecipe(run);
  if (rebuilt) {
    const folded = await foldAttempt(rebuilt, 0);
    // Whether somebody still works on it nothing says any more.
    return folded.state === 'running' ? { ...folded, state: 'interrupted' } : folded;
  }
  const line = knownRuns().find((each) => each.run === run);
  const unknown = {
    id: path.basename(run),
    name: path.basename(run),
    recipe: '',
    method: '?',
    model: '?',
    createdAt: new Date(0).toISOString(),
  };
  return { ...unknown, ...line, run, format: 1, state: 'missing', step: 0, totalSteps: 0, resumes: 0 };
}

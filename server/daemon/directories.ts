/** Makes run directories: `<output>/<timestamp>-<name>/`, whole or not at all, and never the same one twice. */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { makeFolder } from '../base/files.ts';
import type { SubmitParams } from '../protocol/daemon.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { syncFolder, writeDurably } from './durable.ts';
import { files, writeRecord } from './record.ts';

/** What the record of a new run holds from its start. */
type More = Pick<RunRecord, 'sweep' | 'from'>;

/** Errors: `output-unwritable`, `disk-full`. */
export async function createRunDirectory(params: SubmitParams, now = new Date()): Promise<RunRecord> {
  const stem = `${timestamp(now)}-${folderName(params.name)}`;
  return createNamed(params, now, (attempt) => ({ id: attempt === 1 ? stem : `${stem}-${attempt}` }));
}

/** `named` gives the directory's name, another one for each attempt. Errors: `output-unwritable`, `disk-full`. */
export async function createNamed(
  params: SubmitParams,
  now: Date,
  named: (attempt: number) => { id: string; more?: More },
): Promise<RunRecord> {
  let temporary: string | undefined;
  try {
    makeFolder(params.output);
    const output = await realpath(params.output); // a run has one name, whatever links lead to it
    temporary = await mkdtemp(path.join(output, '.new-'));
    await chmod(temporary, 0o755 & ~process.umask());
    await writeDurably(files(temporary).recipe, params.recipeText);
    for (let attempt = 1; ; attempt++) {
      const { id, more = {} } = named(attempt);
      const record = { ...newRecord({ ...params, output }, id, now), ...more };
      if (record.sweep) await writeDurably(files(temporary).sweep, `${JSON.stringify(record.sweep, null, 2)}\n`);
      await writeRecord(temporary, record);
      if (await renamed(temporary, record.run)) {
        await syncFolder(output);
        return record;
      }
    }
  } catch (error) {
    if (temporary) await rm(temporary, { recursive: true, force: true });
    throw outputError(error as NodeJS.ErrnoException, params);
  }
}

const newRecord = (params: SubmitParams, id: string, now: Date): RunRecord => ({
  format: 1,
  id,
  run: path.join(params.output, id),
  name: params.name,
  recipe: params.recipePath,
  state: 'queued',
  method: params.method,
  model: params.model,
  step: 0,
  totalSteps: 0,
  createdAt: now.toISOString(),
  resumes: 0,
  ...(params.fingerprint !== undefined && { fingerprint: params.fingerprint }),
});

/** rename(2) of a folder fails when the target is a folder with content, which every run directory is. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const taken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (taken && existsSync(to)) return false;
    throw error;
  }
}

/** 20260131-235959, in UTC: names sort by time whatever the clock does in autumn. */
export const timestamp = (time: Date): string => time.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);

/** Nothing that a shell, another file system or a URL trips over. */
export const folderName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60) || 'run';

function outputError(error: NodeJS.ErrnoException, { output }: SubmitParams): RankwiseError {
  const more = { file: output, field: 'output', cause: error };
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    return new RankwiseError('disk-full', `There is no space left for a run directory in ${output}.`, {
      ...more,
      kind: 'runtime',
      hint: 'Free space, or set `output` to a folder on another disk.',
    });
  return new RankwiseError('output-unwritable', `No run directory can be made in ${output}: ${error.message}.`, {
    ...more,
    hint: 'Set `output` to a folder that you can write to.',
  });
}

import { existsSync } from 'node:fs';
import { RankwiseError } from '../base/errors.ts';

/** What the system said when a run's files could not be written, for people; undefined for any other error. */
export function writeFault(thrown: unknown, run: string): RankwiseError | undefined {
  if (thrown instanceof RankwiseError) {
    // Typed already, unless a full disk is behind it; a refused cause may have been a read.
    const behind = thrown.cause === undefined ? undefined : writeFault(thrown.cause, run);
    return behind?.code === 'disk-full' || behind?.code === 'run-missing' ? behind : undefined;
  }
  const { code, message } = (thrown ?? {}) as NodeJS.ErrnoException;
  const more = { kind: 'runtime', file: run, cause: thrown } as const;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new RankwiseError('disk-full', `The disk of ${run} is full: ${message}`, {
      ...more,
      hint: 'Make room, then resume the run.',
    });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new RankwiseError('not-writable', `The run directory ${run} cannot be written: ${message}`, {
      ...more,
      hint: 'Give yourself the right to write there, or choose another output.',
    });
  if (code === 'ENOENT' && !existsSync(run)) return runMissing(run, thrown);
  return undefined;
}

/** It was there when the run began. */
export const runMissing = (run: string, cause?: unknown): RankwiseError =>
  new RankwiseError('run-missing', `The run directory ${run} was moved or deleted while the run was going on.`, {
    kind: 'runtime',
    file: run,
    hint: 'If it was moved, resume it by its new path: it goes on from its last checkpoint.',
    cause,
  });

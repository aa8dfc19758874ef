/** What the system says when something cannot be written or moved, with what to do next. */
import { RankwiseError } from '../base/errors.ts';

/** For changes in or of a run directory: `disk-full`, `run-missing`, `run-unwritable`. What is told already stays as it is. */
export function writeFault(thrown: unknown, run: string): RankwiseError {
  if (thrown instanceof RankwiseError) return thrown;
  const error = thrown as NodeJS.ErrnoException;
  const more = { file: run, kind: 'runtime', cause: error } as const;
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new RankwiseError('disk-full', `There is no space left for a change of ${run}.`, {
        ...more,
        hint: 'Free space; `rankwise trash --empty` deletes what was removed.',
      });
    case 'ENOENT':
    case 'ENOTDIR':
      return new RankwiseError('run-missing', `The run directory ${run} is no longer there, or not whole.`, {
        ...more,
        hint: 'If it was moved, name it by its new path.',
      });
    case 'EROFS':
      return unwritable('lies on a disk that can only be read', 'Mount the disk for writing, and try again.');
    case 'EACCES':
    case 'EPERM':
      return unwritable(
        'may not be changed by you',
        'Ask for the right to write in it and in its folder, and try again.',
      );
    case 'EBUSY':
    case 'EXDEV':
      return unwritable('is in use or a disk of its own', 'Close what uses it, and try again.');
    default:
      return unwritable(`cannot be changed: ${error.message}`, 'Look at the folder, and try again.');
  }

  function unwritable(what: string, hint: string): RankwiseError {
    return new RankwiseError('run-unwritable', `The run directory ${run} ${what}.`, { ...more, hint });
  }
}

export const homeUnwritable = (error: unknown): RankwiseError =>
  new RankwiseError('home-unwritable', `The run index cannot be written: ${(error as Error).message}.`, {
    kind: 'runtime',
    hint: 'Free disk space, or set RANKWISE_HOME to a folder that you can write to.',
    cause: error,
  });

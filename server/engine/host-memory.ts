import { RankwiseError } from '../base/errors.ts';

/** What the native library (C++) and JavaScript say when the system gives them no memory. */
const NO_ROOM = /std::bad_alloc|Failed to allocate memory for requested buffer|Array buffer allocation failed/;

/** A fault of this machine's memory as one that says what to do next; undefined: it is something else. */
export function hostMemoryFault(error: unknown, doing: string): RankwiseError | undefined {
  if (error instanceof RankwiseError || !(error instanceof Error) || !NO_ROOM.test(error.message)) return undefined;
  return outOfMemory(`this machine has no memory left (while ${doing})`, error);
}

/** RankwiseError `out-of-memory`. */
export const outOfMemory = (message: string, cause: unknown): RankwiseError =>
  new RankwiseError('out-of-memory', message, {
    kind: 'runtime',
    hint: 'Lower training.batch_size or data.max_length; gradient_accumulation_steps keeps the effective batch as it is.',
    cause,
  });

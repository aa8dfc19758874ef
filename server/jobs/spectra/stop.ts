import { RankwiseError } from '../../base/errors.ts';

/** Throws `aborted` once the job has been cancelled, or has failed elsewhere. */
export function demandGoing(signal: AbortSignal): void {
  if (signal.aborted) throw new RankwiseError('aborted', 'The job was stopped.', { kind: 'runtime' });
}

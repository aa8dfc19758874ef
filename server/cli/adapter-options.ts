/** What the commands that make something of adapters have in common. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { usageError, wholeNumber } from './command.ts';

/** Of `--rank` and `--energy`. Errors: `usage`. */
export function bounds(rank: string | undefined, energy: string | undefined): { rank?: number; energy?: number } {
  if (energy !== undefined && !(Number(energy) > 0 && Number(energy) <= 1))
    throw usageError(`--energy must be above 0 and at most 1, not ${JSON.stringify(energy)}.`);
  return {
    ...(rank !== undefined && { rank: wholeNumber('rank', rank, 1, 1) }),
    ...(energy !== undefined && { energy: Number(energy) }),
  };
}

/** The absolute path of a folder that is to be made. Errors: `output-exists`. */
export function demandNew(output: string): string {
  const target = path.resolve(output);
  if (!existsSync(target)) return target;
  throw new RankwiseError('output-exists', `${target} exists already.`, { file: target, hint: 'Choose another -o.' });
}

/** How near a result is to what it was made of. The part that is kept is never rounded up to all of it. */
export function kept({ exact, retainedEnergy }: { exact: boolean; retainedEnergy?: number }): string {
  if (exact) return 'exact';
  if (retainedEnergy === undefined) return 'not exact';
  return `keeps ${(Math.floor(retainedEnergy * 1e4) / 100).toFixed(2)}% of the energy of the changes`;
}

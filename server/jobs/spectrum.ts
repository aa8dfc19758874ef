import { RankwiseError } from '../base/errors.ts';
import type { Job } from './types.ts';

export const run: Job<'spectrum'> = async () => {
  throw new RankwiseError('not-available-yet', 'Spectra are not part of this version.');
};

import { backendsFolder } from '../backends/places.ts';
import { doctor } from '../engine/index.ts';
import type { Job } from './types.ts';

/** Which backends can start here, by starting them. */
export const run: Job<'doctor'> = async ({ installed = backendsFolder(), only }) => ({
  backends: await doctor({ installed }, only === undefined ? undefined : [only]),
});

import { doctor } from '../engine/index.ts';
import type { Job } from './types.ts';

/** Which backends can start here, by starting them. */
export const run: Job<'doctor'> = async () => ({ backends: await doctor() });

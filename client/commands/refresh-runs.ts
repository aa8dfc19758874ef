/** Reads the list of runs anew. */
import type { Services } from '../services.ts';

export async function refreshRuns({ runs }: Services): Promise<void> {
  await runs.refresh();
}

/** Shows the next page of a group or sweep of the tree. */
import type { Services } from '../services.ts';

export async function showMoreRuns({ runsView }: Services, argument: unknown): Promise<void> {
  const key = (argument as { more?: unknown } | undefined)?.more;
  if (typeof key === 'string') runsView.tree.showMore(key);
}

/** The list of runs in parts: of thousands the newest are there at once, and nobody is held up by reading all. */
import type { DaemonRequests, RunCursor } from '../protocol/daemon.ts';
import type { RunRecord } from '../protocol/runs.ts';

type Runs = DaemonRequests['runs'];
interface Asked {
  request(name: 'runs', params: Runs['params']): Promise<Runs['result']>;
}

/** The first part is what a view shows; later ones are larger. */
const [firstPart, laterPart] = [200, 2000];

/** The newest first. A run that changes or goes meanwhile is told by `runChanged` and `runsRemoved`, and may be here as it was before. Errors: those of the request. */
export async function* runPages(daemon: Asked): AsyncGenerator<RunRecord[]> {
  let after: RunCursor | undefined;
  do {
    const params: Runs['params'] = { limit: after ? laterPart : firstPart, ...(after && { after }) };
    const { runs, more } = await daemon.request('runs', params);
    yield runs;
    after = more;
  } while (after);
}

/** All of them, the newest first. */
export async function allRuns(daemon: Asked): Promise<RunRecord[]> {
  const all: RunRecord[] = [];
  for await (const runs of runPages(daemon)) all.push(...runs);
  return all;
}

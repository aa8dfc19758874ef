/** Goes on with the points of a sweep that have stopped, and stays with it unless it is to be left alone. */

import type { BackendName } from '../../protocol/backends.ts';
import { allRuns } from '../../wire/run-pages.ts';
import type { ExitCode } from '../command.ts';
import { metricsLines } from '../follow.ts';
import type { Io } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { followSweep } from './follow.ts';

interface ResumeOptions {
  detach: boolean;
  failed: boolean;
  'allow-different-backend': boolean;
  backend?: BackendName | undefined;
}

export function resumeSweep(sweep: string, options: ResumeOptions, io: Io): Promise<ExitCode> {
  const { detach, failed, 'allow-different-backend': allowDifferentBackend, backend } = options;
  return withDaemon(async (daemon) => {
    const before = await allRuns(daemon);
    // Events of earlier attempts are not told again.
    const lines = new Map(before.filter((run) => run.sweep?.id === sweep).map(({ run }) => [run, metricsLines(run)]));
    const params = { sweep, failed, allowDifferentBackend, ...(backend && { backend }) };
    const start = async () => (await daemon.request('resumeSweep', params)).runs;
    if (!detach) return followSweep(daemon, start, (run) => lines.get(run) ?? 0, io);
    const runs = await start();
    io.value({ sweep, runs: runs.map(({ run }) => run) });
    io.say(sweep);
    return 0;
  });
}

/** Stops what waits or runs of a sweep, and waits until it has stopped. */
import { isPoint, sweepsOf } from '../../metrics/sweeps.ts';
import type { RunRecord } from '../../protocol/runs.ts';
import type { ExitCode } from '../command.ts';
import { hasEnded } from '../follow.ts';
import { type Io, plain } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { countsText } from './table.ts';

export async function cancelSweep(sweep: string, io: Io): Promise<ExitCode> {
  const records = await withDaemon(async (daemon) => {
    const known = new Map<string, RunRecord>();
    return new Promise<RunRecord[]>((resolve, reject) => {
      const take = (changed: readonly RunRecord[]) => {
        for (const record of changed) known.set(record.run, record);
        if (known.size > 0 && [...known.values()].every(hasEnded)) resolve([...known.values()]);
      };
      daemon.request('cancelSweep', { sweep }).then(({ runs }) => {
        // What was told before the answer is in it.
        daemon.on('runChanged', (record) => {
          if (record.sweep?.id === sweep) take([record]);
        });
        take(runs);
      }, reject);
    });
  });
  const [all] = sweepsOf(records);
  io.value({ sweep, runs: records.filter(isPoint).map(({ run, state }) => ({ run, state })) });
  io.say(`${plain(sweep)}: ${countsText(all!.runs)}`);
  return 0;
}

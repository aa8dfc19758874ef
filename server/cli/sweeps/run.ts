/** Starts all points of a sweep, and stays with them unless it is to be left alone. */
import type { SubmitSweepParams } from '../../protocol/daemon.ts';
import type { ExitCode } from '../command.ts';
import type { Io } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { followSweep } from './follow.ts';

export function runSweep(
  { sweep, same }: { sweep: SubmitSweepParams; same: number },
  { detach, again }: { detach: boolean; again: boolean },
  io: Io,
): Promise<ExitCode> {
  if (same > 0)
    io.say(`${same} ${same === 1 ? 'point computes' : 'points compute'} what another does, and is left out.`);
  const params = { ...sweep, ...(again && { again }) };
  return withDaemon(async (daemon) => {
    if (!detach)
      return followSweep(
        daemon,
        async () => (await daemon.request('submitSweep', params)).runs,
        () => 0,
        io,
      );
    const { sweep: id, runs } = await daemon.request('submitSweep', params);
    io.value({ sweep: id, runs: runs.map(({ run }) => run) });
    io.say(id);
    return 0;
  });
}

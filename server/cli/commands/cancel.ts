import type { RunRecord } from '../../protocol/runs.ts';
import { command } from '../command.ts';
import { hasEnded } from '../follow.ts';
import { withDaemon } from '../processes.ts';
import { findRun, findSweep } from '../run-names.ts';
import { cancelSweep } from '../sweeps/cancel.ts';

export const cancel = command({
  name: 'cancel',
  summary: 'Stop a queued or running run, or a sweep; a running one writes a checkpoint first.',
  positionals: ['RUN'],
  options: {},
  async run({ positionals: [given], io }) {
    const sweep = findSweep(given!);
    if (sweep !== undefined) return cancelSweep(sweep, io);
    const directory = findRun(given!);
    const record = await withDaemon(async (daemon) => {
      const ended = new Promise<RunRecord>((resolve) => {
        daemon.on('runChanged', (changed) => {
          if (changed.run === directory && hasEnded(changed)) resolve(changed);
        });
      });
      const asked = await daemon.request('cancel', { run: directory });
      return hasEnded(asked) ? asked : ended;
    });
    io.value({ run: record.run, state: record.state });
    io.say(`${record.id}: ${record.state}`);
    return 0;
  },
});

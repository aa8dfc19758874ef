import type { RunRecord, RunState } from '../../protocol/runs.ts';
import { command } from '../command.ts';
import { plain, table } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { shortPath } from '../report.ts';

const colours: Record<RunState, 'green' | 'red' | 'yellow' | 'cyan' | 'gray'> = {
  queued: 'gray',
  running: 'cyan',
  finished: 'green',
  failed: 'red',
  cancelled: 'yellow',
  interrupted: 'yellow',
  missing: 'gray',
};

export const runs = command({
  name: 'runs',
  summary: 'All runs and their states, the newest last.',
  positionals: [],
  options: {},
  async run({ io }) {
    const { runs: records } = await withDaemon((daemon) => daemon.request('runs', {}));
    io.value({ runs: records.map(row) });
    if (records.length === 0) io.say('No runs yet. `rankwise run RECIPE` starts one.');
    const cells = records.map(({ id, state, method, step, totalSteps, lastLoss, run }) => [
      plain(id),
      state,
      plain(method),
      totalSteps > 0 ? `${step}/${totalSteps}` : '',
      typeof lastLoss === 'number' ? lastLoss.toFixed(4) : '',
      shortPath(run),
    ]);
    const head = ['run', 'state', 'method', 'step', 'loss', 'directory'];
    if (cells.length > 0)
      for (const [i, line] of table([head, ...cells], [3, 4]).entries()) {
        const state = records[i - 1]?.state;
        io.say(state ? line.replace(` ${state}`, ` ${io.paint(colours[state], state)}`) : line);
      }
    return 0;
  },
});

const row = ({ id, run, name, state, method, step, totalSteps }: RunRecord) => ({
  id,
  run,
  name,
  state,
  method,
  step,
  totalSteps,
});

import { RankwiseError } from '../../base/errors.ts';
import { isPoint, pointMetric, sweepsOf } from '../../metrics/sweeps.ts';
import type { RunRecord } from '../../protocol/runs.ts';
import { command } from '../command.ts';
import { type Io, plain, table } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { shortPath } from '../report.ts';
import { findSweep } from '../run-names.ts';
import { countsText, pointTable, stateColours } from '../sweeps/table.ts';

export const runs = command({
  name: 'runs',
  summary: 'All runs and their states, the newest last; the points of a sweep together.',
  positionals: [],
  options: {
    sweep: { type: 'string', value: 'SWEEP', doc: 'Only the points of this sweep, with what differs between them.' },
  },
  async run({ options: { sweep: given }, io }) {
    const { runs: all } = await withDaemon((daemon) => daemon.request('runs', {}));
    const sweep = given === undefined ? undefined : demandSweep(given);
    const records = sweep === undefined ? all : all.filter((record) => record.sweep?.id === sweep);
    io.value({ runs: records.map(row) });
    if (records.length === 0) io.say('No runs yet. `rankwise run RECIPE` starts one.');
    const own = records.filter((record) => !isPoint(record));
    if (own.length > 0) showRuns(own, io);
    for (const [i, { id, runs }] of sweepsOf(records).entries()) {
      if (own.length > 0 || i > 0) io.say('');
      io.say(`${io.paint('bold', plain(id))}  ${countsText(runs)}`);
      for (const line of pointTable(runs, io, {
        titles: ['step', 'directory'],
        cells: (run) => [steps(run), place(run)],
      }))
        io.say(`  ${line}`);
    }
    return 0;
  },
});

function showRuns(records: readonly RunRecord[], io: Io): void {
  const cells = records.map((record) => [
    plain(record.id),
    stateText(record),
    plain(record.method),
    steps(record),
    typeof record.lastLoss === 'number' ? record.lastLoss.toFixed(4) : '',
    shortPath(record.run),
  ]);
  const head = ['run', 'state', 'method', 'step', 'loss', 'directory'];
  for (const [i, line] of table([head, ...cells], [3, 4]).entries()) {
    const record = records[i - 1];
    const text = record && stateText(record);
    const colour = record && (text === record.state ? stateColours[record.state] : 'yellow');
    io.say(text && colour ? line.replace(` ${text}`, ` ${io.paint(colour, text)}`) : line);
  }
}

/** A run that is held up runs all the same: it may go on at any moment. */
const stateText = ({ state, paused, stalled }: RunRecord): string =>
  state === 'running' && (paused || stalled) ? (paused ? 'paused' : 'stalled') : state;

const steps = ({ step, totalSteps }: RunRecord): string => (totalSteps > 0 ? `${step}/${totalSteps}` : '');

const place = ({ run, from }: RunRecord): string =>
  from === undefined ? shortPath(run) : `${shortPath(run)} from ${shortPath(from)}`;

function demandSweep(given: string): string {
  const sweep = findSweep(given);
  if (sweep !== undefined) return sweep;
  throw new RankwiseError('unknown-sweep', `There is no sweep ${JSON.stringify(given)}.`, {
    hint: '`rankwise runs` lists the sweeps.',
  });
}

const row = (record: RunRecord) => {
  const { id, run, name, state, method, step, totalSteps, paused, stalled, sweep, from } = record;
  const metric = pointMetric(record);
  return {
    ...{ id, run, name, state, method, step, totalSteps },
    ...(paused && { paused }),
    ...(stalled && { stalled }),
    ...(sweep && { sweep: { id: sweep.id, point: sweep.point, points: sweep.points, values: sweep.values } }),
    ...(sweep && metric !== undefined && { metric: { name: sweep.metric, value: metric } }),
    ...(from !== undefined && { from }),
  };
};

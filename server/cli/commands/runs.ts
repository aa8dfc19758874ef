import { RankwiseError } from '../../base/errors.ts';
import { bytes } from '../../base/units.ts';
import { isWaiting } from '../../metrics/halving.ts';
import { matcher } from '../../metrics/run-filter.ts';
import { lossOf, type OrderColumn, orderRuns } from '../../metrics/run-order.ts';
import { stateText } from '../../metrics/run-state.ts';
import { columnsOf, isPoint, type PointRecord, pointMetric, sweepsOf } from '../../metrics/sweeps.ts';
import type { DaemonRequests } from '../../protocol/daemon.ts';
import type { RunRecord } from '../../protocol/runs.ts';
import type { DaemonConnection } from '../../wire/connection.ts';
import { allRuns } from '../../wire/run-pages.ts';
import { command } from '../command.ts';
import { hasEnded } from '../follow.ts';
import { runsText } from '../library/chosen.ts';
import { columnOf, filterOf, filterOptions, limitOf, orderOf } from '../library/filter.ts';
import { labelsText } from '../library/labels-text.ts';
import { type Io, plain, table } from '../output.ts';
import { withDaemon } from '../processes.ts';
import { shortPath } from '../report.ts';
import { findSweep } from '../run-names.ts';
import { countsText, paintedState, pointTable } from '../sweeps/table.ts';

type Disk = DaemonRequests['diskUse']['result'];
type Size = (run: string) => number | undefined;

export const runs = command({
  name: 'runs',
  summary: 'All runs and their states, the newest last; the points of a sweep together.',
  positionals: [],
  options: {
    sweep: { type: 'string', value: 'SWEEP', doc: 'Only the points of this sweep, with what differs between them.' },
    ...filterOptions,
    disk: { type: 'boolean', doc: 'What each takes on disk, all of them together, and the trash.' },
  },
  details:
    'Options are and-ed. Example: rankwise runs --search \'sst2 state:finished tag:"night run"\' --sort loss --limit 10',
  async run({ options, io }) {
    const order = orderOf(options);
    const limit = limitOf(options);
    const sweep = options.sweep === undefined ? undefined : demandSweep(options.sweep);
    const given = filterOf(options);
    // Whoever names a sweep means all of it.
    const filter = sweep !== undefined && !given.archived ? { ...given, archived: 'too' as const } : given;
    let started = false;
    const list = async (daemon: DaemonConnection) => {
      const known = await allRuns(daemon);
      const meant = known.filter((record) => sweep === undefined || record.sweep?.id === sweep);
      const found = meant.filter(matcher(filter));
      const hidden = filter.archived ? 0 : meant.filter(matcher({ ...filter, archived: 'only' })).length;
      // All must be measured where the size decides which are shown.
      const disk = order?.key === 'size' ? await measured(daemon, found) : undefined;
      const column = order && columnOf(order, meant, sizes(disk));
      const first = orderRuns(found, order ?? { key: 'newest' }, column).slice(0, limit);
      const ordered = order ? first : first.reverse();
      return {
        column,
        records: ordered,
        known,
        hidden,
        disk: disk ?? (options.disk ? await measured(daemon, ordered) : undefined),
      };
    };
    const starting = () => {
      started = true;
    };
    const { records, known, hidden, disk, column } = await withDaemon(list, { starting });
    const size = sizes(disk);
    io.value({
      runs: records.map((record) => ({ ...row(record, size(record.run)), ...(column && by(record, column)) })),
      ...(disk && { disk: sums(records, disk) }),
    });
    if (started) tellStart(known, io);
    if (known.length === 0) io.say('No runs yet. `rankwise run RECIPE` starts one.');
    else if (records.length === 0) io.say(`No run matches, of ${known.length.toLocaleString('en-US')}.`);
    if (order && sweep !== undefined && records.every(isPoint)) showPoints(records, io, { size: disk && size, column });
    else if (order) showRuns(records, io, { size: disk && size, column });
    else showGrouped(records, io, { size: disk && size });
    if (disk) showSums(records, disk, io);
    if (hidden > 0) io.say(`${records.length > 0 ? '\n' : ''}${runsText(hidden)} archived: --all shows all.`);
    return 0;
  },
});

/** Looking has set going what waited: that is said. What runs under a daemon that has just begun had waited for it. */
function tellStart(known: readonly RunRecord[], io: Io): void {
  const active = known.filter((record) => !hasEnded(record) && !isWaiting(record)).length;
  const go = active === 1 ? 'goes' : 'go';
  if (active > 0)
    io.warn(`No daemon was running: it was started, and ${runsText(active)} that waited for it ${go} on.`);
}

async function measured(daemon: DaemonConnection, records: readonly RunRecord[]): Promise<Disk> {
  return daemon.request('diskUse', { runs: records.map(({ run }) => run) });
}

function sizes(disk: Disk | undefined): Size {
  const known = new Map(disk?.runs.map(({ run, bytes }) => [run, bytes]));
  return (run) => known.get(run);
}

function sums(records: readonly RunRecord[], disk: Disk): { runs: number; trash: number } {
  const size = sizes(disk);
  return { runs: records.reduce((sum, { run }) => sum + (size(run) ?? 0), 0), trash: disk.trash };
}

function showSums(records: readonly RunRecord[], disk: Disk, io: Io): void {
  const { runs, trash } = sums(records, disk);
  io.say('');
  io.say(`${runsText(records.length)}: ${bytes(runs)}`);
  if (trash > 0) io.say(`trash: ${bytes(trash)}; \`rankwise trash --empty\` frees them`);
}

/** What is shown where it is asked for. */
interface Further {
  size?: Size | undefined;
  column?: OrderColumn | undefined;
}

function showGrouped(records: readonly RunRecord[], io: Io, further: Further): void {
  const own = records.filter((record) => !isPoint(record));
  showRuns(own, io, further);
  for (const [i, { id, runs }] of sweepsOf(records).entries()) {
    if (own.length > 0 || i > 0) io.say('');
    io.say(`${io.paint('bold', plain(id))}  ${countsText(runs)}`);
    showPoints(runs, io, further, '  ');
  }
}

/** With what differs between them, in the order that they come in. */
function showPoints(runs: readonly PointRecord[], io: Io, further: Further, indent = ''): void {
  if (runs.length === 0) return;
  const swept = columnsOf(runs).flatMap(({ path, title }) => [path, title]);
  const shown = ['point', 'state', 'step', ...swept, ...(runs[0]!.sweep.metric ?? [])];
  const { titles, cells } = furtherColumns(runs, further, shown);
  for (const line of pointTable(runs, io, {
    titles: ['step', ...titles, 'directory'],
    cells: (run) => [steps(run), ...cells(run), place(run)],
  }))
    io.say(`${indent}${line}`);
}

function showRuns(records: readonly RunRecord[], io: Io, further: Further): void {
  if (records.length === 0) return;
  const { titles, cells } = furtherColumns(records, further, ['name', 'state', 'method', 'step', 'loss']);
  const head = ['run', 'state', 'method', 'step', 'loss', ...titles, 'directory'];
  const rows = records.map((record) => [
    plain(record.id),
    stateText(record),
    plain(record.method),
    steps(record),
    // What they are ordered by.
    lossOf(record)?.toFixed(4) ?? '',
    ...cells(record),
    shortPath(record.run),
  ]);
  for (const [i, line] of table(
    [head, ...rows],
    [3, 4, ...titles.flatMap((title, i) => (title === 'labels' ? [] : 5 + i))],
  ).entries())
    io.say(paintedState(line, records[i - 1], io));
}

/** Sizes where they are asked for, what the order goes by where it is not `shown` already, labels where one of the runs has some. */
function furtherColumns(records: readonly RunRecord[], { size, column }: Further, shown: readonly string[]) {
  const labelled = records.some((record) => labelsText(record) !== '');
  const own = column && ![...shown, 'size'].includes(column.title) ? column : undefined;
  return {
    titles: [...(size ? ['size'] : []), ...(own ? [own.title] : []), ...(labelled ? ['labels'] : [])],
    cells: (record: RunRecord) => [
      ...(size ? [sizeText(size(record.run))] : []),
      ...(own ? [plain(valueText(own.value(record)))] : []),
      ...(labelled ? [labelsText(record)] : []),
    ],
  };
}

const valueText = (value: number | string | undefined): string =>
  typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(5) : String(value ?? '');

const by = (record: RunRecord, { title, value }: OrderColumn) => ({
  by: { name: title, value: value(record) ?? null },
});

const sizeText = (size: number | undefined): string => (size === undefined ? '' : bytes(size));

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

const row = (record: RunRecord, size: number | undefined) => {
  const { id, run, name, state, method, step, totalSteps, paused, stalled, sweep, from, labels, halted } = record;
  const metric = pointMetric(record);
  return {
    ...{ id, run, name, state, method, step, totalSteps },
    ...(paused && { paused }),
    ...(stalled && { stalled }),
    ...(sweep && { sweep: { id: sweep.id, point: sweep.point, points: sweep.points, values: sweep.values } }),
    ...(sweep && metric !== undefined && { metric: { name: sweep.metric, value: metric } }),
    ...(from !== undefined && { from }),
    ...(labels && { labels }),
    ...(size !== undefined && { bytes: size }),
    ...(halted && { halted }),
  };
};

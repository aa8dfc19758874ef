/** The columns of the table, their values and their order; the same as a file. Pure. */
import { bytes, count, duration, percent } from '../../server/base/units.ts';
import type { ComparedRun } from '../../server/protocol/comparison.ts';
import { metricName, orDash, spreadText } from '../../server/report/figures.ts';
import {
  differences,
  frontOf,
  meanOf,
  metricsIn,
  type RunGroup,
  settingOf,
  shortPathOf,
  spread,
  spreadOf,
} from '../../server/report/groups.ts';
import { labelOf } from '../../server/report/pareto.ts';
import { quoted } from '../shared/csv.ts';
import { byValue } from '../shared/order.ts';
import type { ViewState } from './view-state.ts';

export interface Column {
  id: string;
  text: string;
  title: string;
  /** Numbers stand to the right, and sort as such. */
  value(group: RunGroup): string | number | undefined;
  show(group: RunGroup): string;
}

/** "finished", or how many of each. */
export function stateOf({ runs }: RunGroup): string {
  const states = new Map<string, number>();
  for (const { state } of runs) states.set(state, (states.get(state) ?? 0) + 1);
  const words = [...states].map(([state, n]) => (states.size > 1 ? `${n} ${state}` : state));
  const moving = runs.filter(({ state, totalSteps }) => state === 'running' && totalSteps > 0);
  const done = spread(moving.map(({ step, totalSteps }) => step / totalSteps))?.mean;
  return done === undefined ? words.join(', ') : `${words.join(', ')} ${Math.floor(100 * done)}%`;
}

/** @param runs all that are compared. @param metric the one that the chart shows. */
export function columnsOf(runs: readonly ComparedRun[], metric: string): Column[] {
  const paths = differences(runs);
  const metrics = [metric, ...metricsIn(runs).filter((name) => name !== metric)];
  const size = (group: RunGroup) => group.runs[0]!.rank ?? (group.size || undefined);
  return [
    {
      id: 'method',
      text: 'Method',
      title: 'Method, and rank or what it has in its place',
      value: labelOf,
      show: labelOf,
    },
    {
      id: 'size',
      text: 'Rank',
      title: 'Rank, or what the method has in its place',
      value: size,
      show: ({ size: text }) => text || '–',
    },
    ...paths.map((path) => ({
      id: `setting ${path}`,
      text: shortPathOf(path, paths),
      title: path,
      value: (group: RunGroup) => {
        const text = settingOf(group, path);
        return text === '–' ? undefined : Number.isFinite(Number(text)) ? Number(text) : text;
      },
      show: (group: RunGroup) => settingOf(group, path),
    })),
    {
      id: 'trainable',
      text: 'Trainable',
      title: 'Parameters that are trained',
      value: ({ trainable }) => trainable,
      show: ({ trainable }) => orDash(trainable, count),
    },
    {
      id: 'percent',
      text: 'Percent',
      title: "Of all the model's parameters",
      value: (group) => meanOf(group, (run) => run.percent),
      show: (group) =>
        orDash(
          meanOf(group, (run) => run.percent),
          (value) => percent(value / 100),
        ),
    },
    ...metrics.map((name) => ({
      id: `metric ${name}`,
      text: metricName(name),
      title: 'Mean over seeds ± sample standard deviation',
      value: (group: RunGroup) => spreadOf(group, name)?.mean,
      show: (group: RunGroup) => {
        const value = spreadOf(group, name);
        return value && group.provisional ? `${spreadText(value)} so far` : spreadText(value);
      },
    })),
    {
      id: 'time',
      text: 'Time',
      title: 'Of training, mean over seeds',
      value: (group) => meanOf(group, (run) => run.seconds),
      show: (group) =>
        orDash(
          meanOf(group, (run) => run.seconds),
          duration,
        ),
    },
    {
      id: 'file',
      text: 'File',
      title: 'Size of the adapter',
      value: (group) => meanOf(group, (run) => run.adapterBytes),
      show: (group) =>
        orDash(
          meanOf(group, (run) => run.adapterBytes),
          (value) => bytes(Math.round(value)),
        ),
    },
    {
      id: 'seeds',
      text: 'Runs',
      title: 'Runs that differ only in their seed',
      value: ({ runs: members }) => members.length,
      show: ({ runs: members }) => String(members.length),
    },
    { id: 'state', text: 'State', title: 'What the runs do', value: stateOf, show: stateOf },
  ];
}

/** Equals in the order of their counts. */
export function sortGroups(
  groups: readonly RunGroup[],
  columns: readonly Column[],
  { column, descending }: ViewState['sort'],
): RunGroup[] {
  const { value } = columns.find(({ id }) => id === column) ?? columns.find(({ id }) => id === 'trainable')!;
  const least = ({ trainable = Number.MAX_VALUE }: RunGroup) => trainable;
  return [...groups].sort(byValue(value, descending, (a, b) => least(a) - least(b)));
}

/** A line a configuration, in the order of the table. */
export function groupsCsv(groups: readonly RunGroup[], runs: readonly ComparedRun[], metric: string): string {
  const paths = differences(runs);
  const metrics = metricsIn(runs);
  const front = new Set(frontOf(groups, metric).map(({ key }) => key));
  const head = [
    'method',
    'size',
    ...paths,
    'trainable',
    'percent',
    ...metrics.flatMap((name) => [name, `${name}_sd`, `${name}_n`]),
    'seconds',
    'adapter_bytes',
    'runs',
    'finished',
    'front',
    'directories',
  ];
  const lines = groups.map((group) => [
    group.method,
    group.size,
    ...paths.map((path) => settingOf(group, path)),
    group.trainable ?? '',
    meanOf(group, (run) => run.percent) ?? '',
    ...metrics.flatMap((name) => {
      const value = spreadOf(group, name);
      return [value?.mean ?? '', value?.deviation ?? '', value?.n ?? 0];
    }),
    meanOf(group, (run) => run.seconds) ?? '',
    meanOf(group, (run) => run.adapterBytes) ?? '',
    group.runs.length,
    group.runs.filter(({ state }) => state === 'finished').length,
    front.has(group.key),
    group.runs.map(({ run }) => run).join(' '),
  ]);
  return `${[head, ...lines].map((cells) => cells.map((cell) => quoted(String(cell))).join(',')).join('\n')}\n`;
}

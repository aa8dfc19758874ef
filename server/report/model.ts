/** What a report says, before it is text: runs in configurations, tables, curves, recipes, versions, warnings. Pure. */
import { bytes, count, duration, percent } from '../base/units.ts';
import { lowerIsBetter } from '../metrics/metrics.ts';
import type { ComparedRun } from '../protocol/comparison.ts';
import type { Curve } from './curves.ts';
import { metricName, orDash, spreadText } from './figures.ts';
import {
  defaultMetric,
  differences,
  frontOf,
  groupBy,
  groupRuns,
  meanOf,
  metricsIn,
  oncePerSeed,
  type RunGroup,
  settingOf,
  shortPathOf,
  spread,
  spreadOf,
} from './groups.ts';
import type { History } from './history.ts';
import { titleOf } from './look.ts';
import { labelOf, sizeText } from './pareto.ts';

export interface ReportRun {
  compared: ComparedRun;
  recipe?: string;
  history?: History;
  versions?: Record<string, string>;
}

export interface ReportOptions {
  title: string;
  /** Which metric the chart shows; undefined: the one that the recipes go by. */
  metric?: string | undefined;
  /** ISO 8601. */
  made: string;
}

export interface Table {
  head: string[];
  /** Columns of numbers. */
  right: number[];
  rows: { cells: string[]; strong: number[] }[];
}

export interface Report {
  title: string;
  made: string;
  metric: string;
  /** What was compared. */
  subject: [label: string, text: string][];
  groups: RunGroup[];
  configurations: Table;
  runs: Table;
  curves: { method: string; curves: Curve[] }[];
  recipes: { label: string; text: string }[];
  machines: Table;
  warnings: string[];
}

/** As many as a page holds. */
const metricLimit = 5;

export function reportOf(all: readonly ReportRun[], { title, metric, made }: ReportOptions): Report {
  const compared = all.map((run) => run.compared);
  const chosen = metric ?? defaultMetric(compared);
  const groups = groupRuns(compared).sort(
    (a, b) => (a.trainable ?? Number.POSITIVE_INFINITY) - (b.trainable ?? Number.POSITIVE_INFINITY),
  );
  const paths = differences(compared);
  const label = labels(groups, paths);
  const of = (group: RunGroup) => all.filter((run) => group.runs.includes(run.compared));
  return {
    title,
    made,
    metric: chosen,
    subject: subjectOf(compared, groups, chosen),
    groups,
    configurations: configurations(groups, paths, chosen),
    runs: runTable(groups, chosen),
    curves: curvesOf(groups, of, label),
    recipes: groups.flatMap((group) => {
      const text = of(group).find(({ recipe }) => recipe !== undefined)?.recipe;
      return text === undefined ? [] : [{ label: label(group), text }];
    }),
    machines: machines(all),
    warnings: warningsOf(all),
  };
}

/** "LoRA, rank 8", with what else differs where that is not enough to tell configurations apart. */
function labels(groups: readonly RunGroup[], paths: readonly string[]): (group: RunGroup) => string {
  const long = (group: RunGroup) => {
    const { settings, swept, name } = group.runs[0]!;
    const values = paths.flatMap((path) => {
      const value = swept?.[path] ?? settings[path];
      return value === undefined ? [] : [`${shortPathOf(path, paths)} ${value}`];
    });
    return [labelOf(group), ...(values.length > 0 ? values : [name])].join(', ');
  };
  const times = groupBy(groups, labelOf);
  return (group) => (times.get(labelOf(group))!.length > 1 ? long(group) : labelOf(group));
}

function subjectOf(runs: readonly ComparedRun[], groups: readonly RunGroup[], metric: string): [string, string][] {
  const distinct = (values: readonly (string | undefined)[]) =>
    [...new Set(values.filter((value) => value !== undefined && value !== ''))].join(', ');
  const early = runs.filter(({ halted }) => halted).length;
  const unfinished = runs.filter(({ state }) => state !== 'finished').length - early;
  const front = frontOf(groups, metric).map((group) =>
    [titleOf(group.method), sizeText(group)].filter((part) => part).join(' '),
  );
  const facts: [string, string][] = [
    ['Model', distinct(runs.map(({ model }) => model))],
    ['Task', distinct(runs.map(({ task }) => task))],
    ['Training data', distinct(runs.map(({ settings }) => shortFile(settings['data.train'])))],
    ['Validation data', distinct(runs.map(({ settings }) => shortFile(settings['data.validation'])))],
    [
      'Runs',
      `${count(runs.length)} in ${count(groups.length)} ${groups.length === 1 ? 'configuration' : 'configurations'}${early > 0 ? `; ${count(early)} stopped early` : ''}${unfinished > 0 ? `; ${count(unfinished)} did not finish` : ''}`,
    ],
    ['Metric', `${metricName(metric)} (${lowerIsBetter(metric) ? 'lower' : 'higher'} is better)`],
    ['Pareto front', front.join('; ')],
  ];
  return facts.filter(([, text]) => text !== '');
}

/** The end of a path, or of each in a list: where it lies on one machine is nothing to others. */
const shortFile = (setting: string | undefined): string | undefined =>
  setting?.startsWith('[') || setting?.startsWith('{')
    ? setting.replaceAll(/"(?:[^"\\]|\\.)*"/g, (text) => JSON.stringify(endOf(JSON.parse(text) as string)))
    : setting && endOf(setting);

const endOf = (file: string): string => file.split(/[\\/]/).slice(-2).join('/');

function configurations(groups: readonly RunGroup[], paths: readonly string[], metric: string): Table {
  const metrics = [metric, ...metricsIn(groups.flatMap(({ runs }) => runs)).filter((name) => name !== metric)].slice(
    0,
    metricLimit,
  );
  const front = new Set(frontOf(groups, metric).map(({ key }) => key));
  const best = new Map(metrics.map((name) => [name, bestOf(groups, name)]));
  const head = [
    'Method',
    'Size',
    ...paths.map((path) => shortPathOf(path, paths)),
    'Trainable',
    'Percent',
    ...metrics.map(metricName),
    'Loss before',
    'Time',
    'Adapter',
    'Seeds',
  ];
  const first = 2 + paths.length;
  return {
    head,
    right: head.map((_, i) => i).filter((i) => i >= first && i < head.length - 1),
    rows: groups.map((group) => {
      const { runs, method, trainable } = group;
      const scores = metrics.map((name) => {
        const value = spreadOf(group, name);
        return value && group.provisional ? `${spreadText(value)} (not finished)` : spreadText(value);
      });
      return {
        cells: [
          `${titleOf(method)}${front.has(group.key) ? ' ◆' : ''}`,
          sizeText(group) || '–',
          ...paths.map((path) => settingOf(group, path)),
          orDash(trainable, count),
          orDash(
            meanOf(group, (run) => run.percent),
            (value) => percent(value / 100),
          ),
          ...scores,
          spreadText(spread(oncePerSeed(runs).flatMap(({ base }) => base?.loss ?? []))),
          orDash(
            meanOf(group, (run) => run.seconds),
            duration,
          ),
          orDash(
            meanOf(group, (run) => run.adapterBytes),
            (value) => bytes(Math.round(value)),
          ),
          seedsOf(runs),
        ],
        strong: metrics.flatMap((name, i) => {
          const mean = spreadOf(group, name)?.mean;
          return mean !== undefined && mean === best.get(name) && !group.provisional ? [first + 2 + i] : [];
        }),
      };
    }),
  };
}

function bestOf(groups: readonly RunGroup[], metric: string): number | undefined {
  const values = groups
    .filter(({ provisional }) => !provisional)
    .flatMap((group) => spreadOf(group, metric)?.mean ?? []);
  if (values.length < 2) return undefined;
  return lowerIsBetter(metric) ? Math.min(...values) : Math.max(...values);
}

const seedsOf = (runs: readonly ComparedRun[]): string =>
  [...new Set(runs.map(({ seed }) => (seed === undefined ? '–' : String(seed))))].join(', ');

function runTable(groups: readonly RunGroup[], metric: string): Table {
  const head = ['Run', 'State', 'Method', 'Size', 'Seed', 'Step', metricName(metric), 'Notes'];
  return {
    head,
    right: [4, 5, 6],
    rows: groups.flatMap((group) =>
      group.runs.map(({ id, state, halted, seed, step, totalSteps, scores, provisional, notes }) => {
        const value = scores?.[metric];
        return {
          cells: [
            id,
            halted ? 'stopped early' : state,
            titleOf(group.method),
            sizeText(group) || '–',
            seed === undefined ? '–' : String(seed),
            totalSteps > 0 ? `${count(step)}/${count(totalSteps)}` : '–',
            spreadText(value === undefined ? undefined : spread([value])),
            [...(provisional ? ['The best evaluation so far.'] : []), ...notes].join(' '),
          ],
          strong: [],
        };
      }),
    ),
  };
}

function curvesOf(
  groups: readonly RunGroup[],
  of: (group: RunGroup) => ReportRun[],
  label: (group: RunGroup) => string,
): Report['curves'] {
  const all = groups.flatMap((group) =>
    of(group).flatMap(({ history }) =>
      history && (history.training.length > 0 || history.evaluations.length > 0)
        ? [{ method: group.method, curve: { label: label(group), history } }]
        : [],
    ),
  );
  return [...groupBy(all, ({ method }) => method)].map(([method, curves]) => ({
    method,
    curves: curves.map(({ curve }) => curve),
  }));
}

function machines(all: readonly ReportRun[]): Table {
  const rows = groupBy(
    all.filter(({ compared, versions }) => compared.backend !== undefined || versions),
    ({ compared, versions }) =>
      JSON.stringify([
        compared.backend ?? '–',
        Object.entries(versions ?? {})
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
      ]),
  );
  return {
    head: ['Backend', 'Versions', 'Runs'],
    right: [2],
    rows: [...rows].map(([key, runs]) => ({
      cells: [...(JSON.parse(key) as string[]), count(runs.length)],
      strong: [],
    })),
  };
}

/** What the runs warned of, each message once. */
function warningsOf(all: readonly ReportRun[]): string[] {
  const warned = all.flatMap(({ compared, history }) =>
    (history?.warnings ?? []).map((warning) => ({ ...warning, id: compared.id })),
  );
  const texts = [...groupBy(warned, ({ code, message }) => `${code} ${message}`).values()].map((same) => {
    const { code, message, step, id } = same[0]!;
    const runs = new Set(same.map((each) => each.id)).size;
    const where = runs > 1 ? `${count(runs)} runs` : `${id}, step ${count(step)}`;
    return `${message} [${code}; ${where}]`;
  });
  return [...texts, ...mixed(all)];
}

/** Numbers that are beside each other but measure different things. */
function mixed(all: readonly ReportRun[]): string[] {
  const differ = (path: string) => new Set(all.flatMap(({ compared }) => compared.settings[path] ?? [])).size > 1;
  return [
    ...(differ('data.validation')
      ? ['The runs were measured on different validation data: their metrics do not compare.']
      : []),
    ...(differ('model.path') ? ['The runs start from different models.'] : []),
  ];
}

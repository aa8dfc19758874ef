/** The metrics of each task: what an evaluation measures, what `training.metric` may name, and which way is better. */
import { RankwiseError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';

export interface Metric {
  name: string;
  /** One sentence, for people. */
  doc: string;
  better: 'higher' | 'lower';
  /** Of heads with two classes alone. */
  binary?: true;
}

const loss: Metric = { name: 'loss', doc: 'Mean loss over the validation data.', better: 'lower' };

const tokens: readonly Metric[] = [{ name: 'perplexity', doc: 'e to the mean loss of a token.', better: 'lower' }];
const classes: readonly Metric[] = [
  { name: 'accuracy', doc: 'Part of the rows whose class is right.', better: 'higher' },
  { name: 'f1', doc: 'F1 of class 1 of two.', better: 'higher', binary: true },
  { name: 'f1_macro', doc: 'Mean of the F1 of all classes.', better: 'higher' },
  { name: 'matthews', doc: "Matthews' correlation of predicted and true classes.", better: 'higher' },
];
const numbers: readonly Metric[] = [
  { name: 'mse', doc: 'Mean squared error.', better: 'lower' },
  { name: 'mae', doc: 'Mean absolute error.', better: 'lower' },
  { name: 'pearson', doc: "Pearson's correlation of predicted and true numbers.", better: 'higher' },
  { name: 'spearman', doc: "Spearman's correlation: Pearson's of the ranks.", better: 'higher' },
];
const byTask: Readonly<Record<string, readonly Metric[]>> = {
  'causal-lm': tokens,
  seq2seq: tokens,
  'sequence-classification': classes,
  'image-classification': classes,
  regression: numbers,
};

/** Those of a task, the loss first; `labels` is the number of classes, where it is known. */
export const metricsOf = (task: string, labels?: number): Metric[] =>
  [loss, ...(byTask[task] ?? [])].filter(({ binary }) => !binary || labels === undefined || labels === 2);

/** The metric of that name. Throws `unknown-metric`, which lists the task's and proposes the nearest. */
export function metricOf(name: string, task: string, labels?: number): Metric {
  const all = metricsOf(task, labels);
  const found = all.find((metric) => metric.name === name);
  if (found) return found;
  const names = all.map((metric) => metric.name);
  throw new RankwiseError('unknown-metric', `\`${name}\` is not measured for \`${task}\`${among(labels)}.`, {
    field: 'training.metric',
    hint: `Possible are ${names.map((known) => `\`${known}\``).join(', ')}.`,
  });
}

const among = (labels: number | undefined): string =>
  labels === undefined || labels === 1 ? '' : ` with ${labels} classes`;

/** What was probably meant. */
export const nearestMetric = (name: string, task: string, labels?: number): string | undefined =>
  nearest(
    name,
    metricsOf(task, labels).map((metric) => metric.name),
  );

const lower = new Set(['loss', ...Object.values(byTask).flatMap(lowerOf)]);

function lowerOf(all: readonly Metric[]): string[] {
  return all.filter(({ better }) => better === 'lower').map(({ name }) => name);
}

/** Of all tasks, without the loss. */
export const metricNames: readonly string[] = [
  ...new Set(
    Object.values(byTask)
      .flat()
      .map(({ name }) => name),
  ),
];

/** Whether less of it is better; unknown ones are taken for scores. */
export const lowerIsBetter = (name: string): boolean => lower.has(name);

/** What an evaluation says of a metric; undefined where it did not measure it. */
export const valueIn = (
  { loss, metrics }: { loss: number; metrics: Readonly<Record<string, number>> },
  name: string,
): number | undefined => (name === 'loss' ? loss : metrics[name]);

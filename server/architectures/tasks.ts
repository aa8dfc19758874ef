import { RankwiseError } from '../base/errors.ts';
import { labelCount, limits, size } from './fields.ts';
import type { ModelConfig } from './types.ts';

/** The model is known, but maybe not for this task: throws `unsupported-task`. */
export function demandTask(title: string, task: string, supported: readonly string[]): void {
  if (supported.includes(task)) return;
  throw new RankwiseError('unsupported-task', `${title} models are not supported for the task ${task}`, {
    field: 'model.task',
    hint: `Supported for ${title}: ${supported.join(', ')}.`,
  });
}

/** The others have a head for classes or a number. */
export const writesText = (task: string): boolean => task === 'causal-lm' || task === 'seq2seq';

/** The class of transformers that a checkpoint was made for: the first that config.json names. */
export function classOf({ architectures }: ModelConfig): string | undefined {
  const name: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  return typeof name === 'string' ? name : undefined;
}

const tasks = {
  ForCausalLM: 'causal-lm',
  LMHeadModel: 'causal-lm',
  ForSequenceClassification: 'sequence-classification',
  ForImageClassification: 'image-classification',
  ForConditionalGeneration: 'seq2seq',
} as const;
type ClassEnding = keyof typeof tasks;

/** What the names of classes with a task end with. */
export const classEndings = Object.keys(tasks) as ClassEnding[];

/** The task of the class that config.json names; undefined where it names none or one without a known head. */
export function taskOfClass(config: ModelConfig): (typeof tasks)[ClassEnding] | 'regression' | undefined {
  const ending = classEndings.find((end) => classOf(config)?.endsWith(end));
  const task = ending && tasks[ending];
  return task === 'sequence-classification' && hasOneLabel(config) ? 'regression' : task;
}

/** transformers then takes the label for a number. */
const hasOneLabel = ({ id2label }: ModelConfig): boolean =>
  typeof id2label === 'object' && id2label !== null && Object.keys(id2label).length === 1;

/** Outputs of a classification head: the recipe's number of labels, else one for regression, else what the config says. */
export function labelsFor(config: ModelConfig, task: string, numLabels?: number): number {
  const usual = task === 'regression' ? 1 : labelCount(config);
  return size({ num_labels: numLabels }, 'num_labels', limits.labels, usual);
}

/** `id2label` of config.json, unless it holds only the placeholders of transformers (LABEL_0) or is for another number of classes. */
export function classNames({ id2label }: ModelConfig, numLabels: number | undefined): string[] | undefined {
  if (typeof id2label !== 'object' || id2label === null) return undefined;
  const names = Object.keys(id2label).map((_, i) => (id2label as Record<string, unknown>)[i]);
  const real = names.every((name) => typeof name === 'string' && !/^LABEL_\d+$/.test(name));
  return real && names.length === numLabels ? (names as string[]) : undefined;
}

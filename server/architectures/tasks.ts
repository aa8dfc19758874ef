import { RankwiseError } from '../base/errors.ts';
import { labelCount, limits, size } from './fields.ts';
import type { ModelConfig } from './types.ts';

/** The model is known, but not for this task. */
export function unsupportedTask(title: string, task: string, supported: readonly string[]): RankwiseError {
  return new RankwiseError('unsupported-task', `${title} models are not supported for the task ${task}`, {
    field: 'model.task',
    hint: `Supported for ${title}: ${supported.join(', ')}.`,
  });
}

/** Outputs of a classification head: the recipe's number of labels, else one for regression, else what the config says. */
export function labelsFor(config: ModelConfig, task: string, numLabels?: number): number {
  const usual = task === 'regression' ? 1 : labelCount(config);
  return size({ num_labels: numLabels }, 'num_labels', limits.labels, usual);
}

import { RankwiseError } from '../base/errors.ts';

/** The model is known, but not for this task. */
export function unsupportedTask(title: string, task: string, supported: readonly string[]): RankwiseError {
  return new RankwiseError('unsupported-task', `${title} models are not supported for the task ${task}`, {
    field: 'model.task',
    hint: `Supported for ${title}: ${supported.join(', ')}.`,
  });
}

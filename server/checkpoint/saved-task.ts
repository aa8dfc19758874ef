/** The head that a base gets for saved adapters: its task, and how many labels it has. */
import { knownFamily } from '../architectures/families.ts';
import { taskHead } from '../architectures/modules.ts';
import { classEndings, classOf, taskOfClass } from '../architectures/tasks.ts';
import type { ModelConfig, ModuleTable } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import { eitherOf } from '../base/wording.ts';
import type { Task } from '../recipe/types.ts';
import { peftPrefix } from './peft.ts';

const peftTasks: Record<string, Task> = {
  CAUSAL_LM: 'causal-lm',
  SEQ_CLS: 'sequence-classification',
  SEQ_2_SEQ_LM: 'seq2seq',
};

/** The task that PEFT's `task_type` stands for. */
export const taskOfPeft = (type: unknown): Task | undefined =>
  typeof type === 'string' && Object.hasOwn(peftTasks, type) ? peftTasks[type] : undefined;

/** The adapter's task, else that of the class that config.json names. Throws `no-task`. */
export function taskOf(config: ModelConfig, adapterTask: unknown, dir: string): Task {
  const task = taskOfPeft(adapterTask) ?? taskOfClass(config);
  if (task) return task;
  const name = classOf(config);
  const family = knownFamily(config);
  const found =
    name === undefined
      ? 'names no class, so nothing says which head the model has'
      : `names ${name}, which has no head, or none that is known here`;
  const can = family
    ? `${family.title} can have: ${family.tasks.join(', ')}. Write one of these as model.task of a recipe to train its head. `
    : '';
  throw new RankwiseError('no-task', `${dir}: config.json ${found}.`, {
    file: `${dir}/config.json`,
    field: 'architectures',
    hint: `${can}If the weights have a head already, name its class, which ends with ${eitherOf(classEndings)}.`,
  });
}

/** The rows of the head that an adapter brings along; its base may have none, or one for other labels. */
export function labelsOf(table: ModuleTable, adapters: { tensors: ReadonlyMap<string, { shape: number[] }> }[]) {
  const head = taskHead(table);
  const brought = adapters.map(({ tensors }) => tensors.get(`${peftPrefix}${head?.name}.weight`));
  return brought.find((tensor) => tensor !== undefined)?.shape[0];
}

/** Whether a model writes text, told by its folder before its weights are read. */
import { knownFamily } from '../../architectures/families.ts';
import { writesText } from '../../architectures/tasks.ts';
import { RankwiseError } from '../../base/errors.ts';
import { readConfig } from '../../checkpoint/model-folder.ts';
import { listAdapters, readAdapterConfig } from '../../checkpoint/peft.ts';
import { taskOf } from '../../checkpoint/saved-task.ts';
import type { WriterSource } from '../../protocol/generation.ts';
import type { Task } from '../../recipe/types.ts';

/** `folder`: the model's. Throws `cannot-generate` with what the model does instead, `no-task`, and what reading the headers throws. */
export function writingTask({ model: spec, adapter }: WriterSource, folder: string): Task {
  const config = readConfig(folder);
  const family = knownFamily(config);
  if (family && !family.tasks.some(writesText))
    throw cannot(
      `${spec} writes no text: ${family.title} does ${family.tasks.join(', ')}.`,
      `For one of these run a recipe with it as model.task; \`rankwise evaluate RUN --data FILE\` then says how good it is.`,
    );
  const first = adapter === undefined ? undefined : listAdapters(adapter)[0]!.dir;
  const task = taskOf(config, first && readAdapterConfig(first).task_type, folder);
  if (writesText(task)) return task;
  const head = first === undefined ? 'it has' : `the adapter ${first} gives it`;
  throw cannot(
    `${spec} writes no text: ${head} a head for ${task}.`,
    `\`rankwise forward\` computes its logits, \`rankwise evaluate RUN --data FILE\` how good a run of it is.${first === undefined ? '' : ' Its base may write: --no-adapter of a run, or without --adapter.'}`,
  );
}

const cannot = (message: string, hint: string) =>
  new RankwiseError('cannot-generate', message, {
    hint: `${hint} Texts are written by causal language models and T5 (docs/MODELS.md).`,
  });

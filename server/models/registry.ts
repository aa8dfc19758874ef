/** Every model family's forward graph, under the id of its entry in `architectures/families.ts`. One line a family. */
import { families, runnable } from '../architectures/families.ts';
import { RankwiseError } from '../base/errors.ts';
import { bert } from './bert.ts';
import { gptNeox } from './gpt-neox.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';
import { opt } from './opt.ts';
import { roberta } from './roberta.ts';
import type { ModelFamily } from './types.ts';

export const models: readonly ModelFamily[] = [llama, gpt2, gptNeox, opt, roberta, bert];

/** The forward graph of a module table's family for a task; throws `model-not-runnable`, which names the families that have one. */
export function modelFamily(id: string, task: string): ModelFamily {
  const model = models.find((known) => known.id === id);
  if (model?.tasks.includes(task)) return model;
  const title = families.find((family) => family.id === id)?.title;
  const what = title === undefined ? 'A model of an unknown architecture' : `${title} for the task ${task}`;
  throw new RankwiseError('model-not-runnable', `${what} can be counted, but not run yet`, {
    field: model ? 'model.task' : 'model.path',
    hint: model ? `${title} runs for ${model.tasks.join(', ')}.` : `Models that run: ${runnable().join(', ')}.`,
  });
}

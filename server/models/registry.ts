/** Every model family's forward graph, under the id of its entry in `architectures/families.ts`. One line a family. */
import { canRun, families, runnable } from '../architectures/families.ts';
import { RankwiseError } from '../base/errors.ts';
import { albert } from './albert.ts';
import { bert } from './bert.ts';
import { deberta } from './deberta.ts';
import { distilbert } from './distilbert.ts';
import { gemma, gemma2, gemma3 } from './gemma.ts';
import { gptNeox } from './gpt-neox.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { opt } from './opt.ts';
import { phi3 } from './phi3.ts';
import { qwen2, qwen3 } from './qwen.ts';
import { roberta } from './roberta.ts';
import { t5 } from './t5.ts';
import type { ModelFamily } from './types.ts';
import { vit } from './vit.ts';

export const models: readonly ModelFamily[] = [
  llama,
  mistral,
  qwen2,
  qwen3,
  gemma,
  gemma2,
  gemma3,
  phi3,
  gpt2,
  gptNeox,
  opt,
  roberta,
  bert,
  albert,
  deberta,
  distilbert,
  vit,
  t5,
];

/** The forward graph of a module table's family for a task; throws `model-not-runnable`, which names the families that have one. */
export function modelFamily(id: string, task: string): ModelFamily {
  const model = models.find((known) => known.id === id);
  if (model?.tasks.includes(task)) return model;
  throw notRunnable(id, task);
}

/** For training: throws the same for a task that has a graph and no data to train on. */
export function demandTrainable(id: string, task: string): void {
  if (!canRun({ family: id }, task)) throw notRunnable(id, task);
}

function notRunnable(id: string, task: string): RankwiseError {
  const model = models.find((known) => known.id === id);
  const title = families.find((family) => family.id === id)?.title;
  const what = title === undefined ? 'A model of an unknown architecture' : `${title} for the task ${task}`;
  return new RankwiseError('model-not-runnable', `${what} can be counted, but not run yet`, {
    field: model ? 'model.task' : 'model.path',
    hint: model ? `${title} runs for ${model.tasks.join(', ')}.` : `Models that run: ${runnable().join(', ')}.`,
  });
}

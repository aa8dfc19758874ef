/** Texts that a run writes while it trains: what the model makes of the recipe's prompts at this step. */
import { errorData, RankwiseError } from '../../base/errors.ts';
import { resolveModel } from '../../checkpoint/model-folder.ts';
import { stepsShareWeights } from '../../engine/index.ts';
import type { Recipe } from '../../recipe/types.ts';
import { greedy, writeText } from '../../training/generate.ts';
import type { Sampler } from '../../training/loop.ts';
import type { TrainableModel } from '../../training/types.ts';
import { decodersOf } from './decoders.ts';
import { beginning, demandReadable, readTextFiles } from './writers.ts';

/**
 * Undefined where the recipe asks for none. The prompts are read here, before the first step. Throws `cannot-generate`, `empty-prompt`, `prompt-too-long`,
 * `chat-template-missing` and what the tokenizer throws, located at the recipe's field.
 */
export function samplerOf(
  { model: { path: spec }, data, training: { samples } }: Recipe,
  model: TrainableModel,
  cwd: string,
): Sampler | undefined {
  if (!samples || samples.prompts.length === 0) return undefined;
  const decoders = decodersOf(model);
  if (!decoders) throw cannot(model);
  const files = readTextFiles(resolveModel(spec, { cwd }), model.task);
  const chat = samples.chat
    ? { ...(data?.chat_template !== undefined && { template: data.chat_template }) }
    : undefined;
  const settings = { ...greedy, maxNewTokens: samples.max_new_tokens };
  const prompts = samples.prompts.map((prompt, index) => {
    try {
      const ids = files.prompts.ids(prompt, chat);
      demandReadable(ids, model);
      return { prompt, ids };
    } catch (error) {
      throw located(error, `training.samples.prompts.${index}`);
    }
  });
  return {
    every: samples.every,
    count: prompts.length,
    async write(from, tell, signal, alive) {
      // By the present values of the trainable tensors; the compiled steps take any.
      const decoder = decoders.decoder(model.trainable);
      const writer = { model, decoder, ...files };
      try {
        for (const { prompt, ids } of prompts.slice(from)) {
          const { text } = await writeText(writer, beginning(writer, ids), settings, { tell: alive, signal });
          // Half a text is none.
          if (signal.aborted) return;
          tell({ prompt, text });
        }
      } finally {
        decoder.dispose();
        if (!stepsShareWeights()) decoders.dispose();
      }
    },
    dispose: () => decoders.dispose(),
  };
}

const cannot = ({ task }: TrainableModel) =>
  new RankwiseError('cannot-generate', `A model for ${task} writes no text.`, {
    field: 'training.samples',
    hint: 'Remove training.samples.',
  });

/** A prompt's fault, where the prompt stands. */
function located(error: unknown, field: string): unknown {
  if (!(error instanceof RankwiseError)) return error;
  const { code, message, hint } = errorData(error);
  return new RankwiseError(code, message, { field, ...(hint !== undefined && { hint }) });
}

/** Texts that a run writes while it trains: what the model makes of the recipe's prompts at this step. */
import { errorData, RankwiseError } from '../../base/errors.ts';
import { resolveModel } from '../../checkpoint/model-folder.ts';
import type { Recipe } from '../../recipe/types.ts';
import { checkPrompt, greedy, writeText } from '../../training/generate.ts';
import type { Sampler } from '../../training/loop.ts';
import type { TrainableModel } from '../../training/types.ts';
import { decodersOf } from './decoders.ts';
import { type PromptedWriter, textWriter } from './writers.ts';

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
  const folder = resolveModel(spec, { cwd });
  const chat = samples.chat
    ? { ...(data?.chat_template !== undefined && { template: data.chat_template }) }
    : undefined;
  const settings = { ...greedy, maxNewTokens: samples.max_new_tokens };
  const read = (writer: PromptedWriter, index: number): number[] => {
    try {
      const ids = writer.prompts.ids(samples.prompts[index]!, chat);
      checkPrompt(ids, model);
      return ids;
    } catch (error) {
      throw located(error, `training.samples.prompts.${index}`);
    }
  };
  const { close, ...reader } = open(model, folder);
  try {
    for (const i of samples.prompts.keys()) read(reader, i);
  } finally {
    close();
  }
  return {
    every: samples.every,
    async write(tell, signal, alive) {
      const { close, ...writer } = open(model, folder);
      try {
        for (const [i, prompt] of samples.prompts.entries()) {
          const { text } = await writeText(writer, read(writer, i), settings, { tell: alive, signal });
          // Half a text is none.
          if (signal.aborted) return;
          tell({ prompt, text });
        }
      } finally {
        close();
      }
    },
  };
}

/** By the present values of the trainable tensors. Compiled for the time of the texts alone: on a GPU each compiled step has weights of its own. */
function open(model: TrainableModel, folder: string): PromptedWriter & { close(): void } {
  const decoders = decodersOf(model);
  if (!decoders) throw cannot(model);
  const decoder = decoders.decoder(model.trainable);
  const close = () => {
    decoder.dispose();
    decoders.dispose();
  };
  try {
    return { ...textWriter(model, decoder, folder), close };
  } catch (error) {
    close();
    throw error;
  }
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

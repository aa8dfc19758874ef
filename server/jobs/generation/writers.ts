/** A model that writes, alone or beside what an adapter or a whole training made of it. */
import { RankwiseError } from '../../base/errors.ts';
import { endTokens } from '../../checkpoint/end-tokens.ts';
import { resolveModel } from '../../checkpoint/model-folder.ts';
import { loadTokenizer } from '../../data/tokenizer.ts';
import type { WeighingInfo, WriterSource } from '../../protocol/generation.ts';
import { assembleFolder } from '../../training/assemble-recipe.ts';
import { checkPrompt, demandTokens, type Writer } from '../../training/generate.ts';
import type { TrainableModel } from '../../training/types.ts';
import { withFactors } from '../decompositions.ts';
import { type Decoders, decodersOf, type TextDecoder } from './decoders.ts';
import { type PromptReader, promptReader } from './prompt.ts';
import { writingTask } from './writing-task.ts';

/** How a model's folder has texts become tokens and tokens texts. */
export interface TextFiles extends Pick<Writer, 'ends'> {
  tokenizer: ReturnType<typeof loadTokenizer>;
  prompts: PromptReader;
}

/** Throws what the tokenizer throws, and `bad-config`. */
export function readTextFiles(folder: string, task: string): TextFiles {
  const tokenizer = loadTokenizer(folder);
  const ends = new Set([...endTokens(folder), ...(tokenizer.eosId === undefined ? [] : [tokenizer.eosId])]);
  return { tokenizer, ends, prompts: promptReader(folder, tokenizer, task === 'seq2seq') };
}

/** A model in memory, and what writes with it. */
interface Loaded extends Decoders {
  model: TrainableModel;
  files: TextFiles;
}

/** What can be refused is refused before the weights are read. Throws `cannot-generate`, what the tokenizer throws, and what assembling throws. */
async function load(source: WriterSource, weighable: boolean, signal: AbortSignal): Promise<Loaded> {
  const { model: spec, adapter } = source;
  const folder = resolveModel(spec, { cwd: process.cwd() });
  const files = readTextFiles(folder, writingTask(source, folder));
  const model = await withFactors((factors) => assembleFolder(spec, adapter, 'stored', { factors, signal, weighable }));
  const decoders = decodersOf(model);
  if (decoders)
    return {
      model,
      files,
      decoder: decoders.decoder,
      dispose() {
        decoders.dispose();
        model.dispose();
      },
    };
  model.dispose();
  throw new RankwiseError('cannot-generate', `${spec} is a model for ${model.task}: it writes no text.`);
}

export interface PromptedWriter extends Writer, TextFiles {
  model: TrainableModel;
  decoder: TextDecoder;
  tokenizer: TextFiles['tokenizer'];
}

const writerOf = ({ model, files, decoder: of }: Loaded, trainable = model.trainable): PromptedWriter => ({
  model,
  decoder: of(trainable),
  ...files,
});

/** What a text for this prompt begins with: the prompt itself, or for a decoder of its own what stands before every text. */
export const beginning = ({ decoder }: Pick<PromptedWriter, 'decoder'>, prompt: readonly number[]): readonly number[] =>
  decoder.begin?.(prompt) ?? prompt;

/** Whether the model can read a prompt. Throws `empty-prompt`, `prompt-too-long`, `token-out-of-range`. */
export function demandReadable(prompt: readonly number[], model: TrainableModel): void {
  if (model.target) demandTokens(prompt, model.vocabSize);
  else checkPrompt(prompt, model);
}

export async function openWriter(
  source: WriterSource,
  signal: AbortSignal,
): Promise<PromptedWriter & { dispose(): void }> {
  const loaded = await load(source, false, signal);
  const writer = writerOf(loaded);
  const dispose = () => {
    writer.decoder.dispose();
    loaded.dispose();
  };
  return { ...writer, dispose };
}

export interface Writers {
  base: PromptedWriter;
  adapted?: PromptedWriter;
  /** How much of its change the adapted one makes; for one that cannot be weighed 1 alone. */
  weighing: WeighingInfo;
  weigh(weight: number): void;
  dispose(): void;
}

/** Where the adapter's change can be weighed, one model serves both: the base is the weight 0. */
export async function openWriters(
  { base: source, adapted: other }: { base: WriterSource; adapted?: WriterSource },
  signal: AbortSignal,
): Promise<Writers> {
  const open: { dispose(): void }[] = [];
  const opened = <T extends { dispose(): void }>(one: T): T => {
    open.push(one);
    return one;
  };
  const dispose = () => {
    for (const one of open.reverse()) one.dispose();
  };
  try {
    if (!other) return { base: opened(await openWriter(source, signal)), weighing: {}, weigh: () => {}, dispose };
    const loaded = opened(await load(other, true, signal));
    const { weighing } = loaded.model;
    if (weighing && 'at' in weighing && other.adapter !== undefined && other.model === source.model) {
      const [base, adapted] = [0, 1].map((weight) => writerOf(loaded, weighing.at(weight)));
      opened(base!.decoder);
      opened(adapted!.decoder);
      let now = 1;
      const weigh = (weight: number) => {
        if (weight !== now) adapted!.decoder.change(weighing.at(weight));
        now = weight;
      };
      return { base: base!, adapted: adapted!, weighing: { from: 0, to: 2 }, weigh, dispose };
    }
    const adapted = writerOf(loaded);
    opened(adapted.decoder);
    const reason =
      weighing && 'reason' in weighing ? weighing.reason : 'The whole model was trained: there is no adapter to weigh.';
    return { base: opened(await openWriter(source, signal)), adapted, weighing: { reason }, weigh: () => {}, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

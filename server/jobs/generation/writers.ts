/** A model that writes, alone or beside what an adapter or a whole training made of it. */
import { RankwiseError } from '../../base/errors.ts';
import { endTokens } from '../../checkpoint/end-tokens.ts';
import { resolveModel } from '../../checkpoint/model-folder.ts';
import { loadTokenizer } from '../../data/tokenizer.ts';
import type { WeighingInfo, WriterSource } from '../../protocol/generation.ts';
import { assembleFolder } from '../../training/assemble-recipe.ts';
import type { Writer } from '../../training/generate.ts';
import type { TrainableModel } from '../../training/types.ts';
import { withFactors } from '../decompositions.ts';
import { type Decoders, decodersOf, type TextDecoder } from './decoders.ts';
import { type PromptReader, promptReader } from './prompt.ts';

/** A model in memory, and what writes with it. */
interface Loaded extends Decoders {
  model: TrainableModel;
}

/** Throws `cannot-generate`, and what assembling throws. */
async function load({ model: spec, adapter }: WriterSource, weighable: boolean, signal: AbortSignal): Promise<Loaded> {
  const model = await withFactors((factors) => assembleFolder(spec, adapter, 'stored', { factors, signal, weighable }));
  const decoders = decodersOf(model);
  if (decoders)
    return {
      model,
      decoder: decoders.decoder,
      dispose() {
        decoders.dispose();
        model.dispose();
      },
    };
  model.dispose();
  throw new RankwiseError('cannot-generate', `${spec} is a model for ${model.task}: it writes no text.`, {
    hint: 'Use `rankwise evaluate` or `rankwise forward` with it.',
  });
}

export type PromptedWriter = Writer & { decoder: TextDecoder; prompts: PromptReader };

/** Throws what the tokenizer throws. */
function writerOf({ model, decoder: of }: Loaded, spec: string, trainable = model.trainable): PromptedWriter {
  return textWriter(model, of(trainable), resolveModel(spec, { cwd: process.cwd() }));
}

/** @param folder the model's. Throws what the tokenizer throws. */
export function textWriter(model: TrainableModel, decoder: TextDecoder, folder: string): PromptedWriter {
  const tokenizer = loadTokenizer(folder);
  const ends = new Set([...endTokens(folder), ...(tokenizer.eosId === undefined ? [] : [tokenizer.eosId])]);
  return { model, decoder, tokenizer, ends, prompts: promptReader(folder, tokenizer, decoder.begin) };
}

export async function openWriter(
  source: WriterSource,
  signal: AbortSignal,
): Promise<PromptedWriter & { dispose(): void }> {
  const loaded = await load(source, false, signal);
  try {
    const writer = writerOf(loaded, source.model);
    const dispose = () => {
      writer.decoder.dispose();
      loaded.dispose();
    };
    return { ...writer, dispose };
  } catch (error) {
    loaded.dispose();
    throw error;
  }
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
      const [base, adapted] = [0, 1].map((weight) => writerOf(loaded, source.model, weighing.at(weight)));
      opened(base!.decoder);
      opened(adapted!.decoder);
      let now = 1;
      const weigh = (weight: number) => {
        if (weight !== now) adapted!.decoder.change(weighing.at(weight));
        now = weight;
      };
      return { base: base!, adapted: adapted!, weighing: { from: 0, to: 2 }, weigh, dispose };
    }
    const adapted = writerOf(loaded, other.model);
    opened(adapted.decoder);
    const reason =
      weighing && 'reason' in weighing ? weighing.reason : 'The whole model was trained: there is no adapter to weigh.';
    return { base: opened(await openWriter(source, signal)), adapted, weighing: { reason }, weigh: () => {}, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

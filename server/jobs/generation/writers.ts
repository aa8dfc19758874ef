/** A model that writes, alone or beside what an adapter or a whole training made of it. */
import { RankwiseError } from '../../base/errors.ts';
import { endTokens } from '../../checkpoint/end-tokens.ts';
import { resolveModel } from '../../checkpoint/model-folder.ts';
import { loadTokenizer } from '../../data/tokenizer.ts';
import { bucketedStep } from '../../engine/index.ts';
import type { CompiledStep, StepFunction } from '../../engine/types.ts';
import type { WeighingInfo, WriterSource } from '../../protocol/generation.ts';
import { assembleFolder } from '../../training/assemble-recipe.ts';
import { Decoder } from '../../training/decoder.ts';
import { demandTokens, type Writer } from '../../training/generate.ts';
import { TargetDecoder } from '../../training/target-decoder.ts';
import type { TargetSteps } from '../../training/target-step.ts';
import type { TrainableModel } from '../../training/types.ts';
import { withFactors } from '../decompositions.ts';
import { type PromptReader, promptReader } from './prompt.ts';

/** A model in memory, its steps compiled as they go. */
interface Loaded {
  model: TrainableModel;
  /** A text's next token, by these values of the trainable tensors; decoders share the compiled steps. */
  decoder(trainable: TrainableModel['trainable']): TextDecoder;
  dispose(): void;
}

/** What writes, whatever the model: its own prompt goes before the text, or into the source that the text is written for. */
interface TextDecoder {
  next(ids: readonly number[]): Float32Array;
  /** Of models with a decoder of its own: takes the prompt and gives the beginning of the text. */
  begin?(prompt: readonly number[]): number[];
  change(trainable: TrainableModel['trainable']): void;
  dispose(): void;
}

/** Throws `cannot-generate`, and what assembling throws. */
async function load({ model: spec, adapter }: WriterSource, weighable: boolean, signal: AbortSignal): Promise<Loaded> {
  const model = await withFactors((factors) => assembleFolder(spec, adapter, 'stored', { factors, signal, weighable }));
  const { decoding, target, padTokenId, vocabSize } = model;
  const steps: CompiledStep[] = [];
  const compiled = (step: StepFunction) => {
    const made = bucketedStep(step);
    steps.push(made);
    return made;
  };
  const dispose = () => {
    for (const step of steps) step.dispose();
    model.dispose();
  };
  if (decoding) {
    const step = compiled(decoding.step);
    return { model, decoder: (trainable) => new Decoder(decoding, step, trainable), dispose };
  }
  if (target) {
    const shared = { encode: compiled(target.encode), write: compiled(target.write) };
    return {
      model,
      decoder: (trainable) => sourceDecoder(new TargetDecoder(shared, padTokenId, trainable), target, vocabSize),
      dispose,
    };
  }
  dispose();
  throw new RankwiseError('cannot-generate', `${spec} is a model for ${model.task}: it writes no text.`, {
    hint: 'Use `rankwise evaluate` or `rankwise forward` with it.',
  });
}

const sourceDecoder = (decoder: TargetDecoder, { startTokenId }: TargetSteps, vocabSize: number): TextDecoder => ({
  next: (ids) => decoder.next(ids),
  begin(prompt) {
    demandTokens(prompt, vocabSize);
    decoder.readSource(prompt);
    return [startTokenId];
  },
  change: (trainable) => decoder.change(trainable),
  dispose: () => decoder.dispose(),
});

export type PromptedWriter = Writer & { decoder: TextDecoder; prompts: PromptReader };

/** Throws what the tokenizer throws. */
function writerOf({ model, decoder: of }: Loaded, spec: string, trainable = model.trainable): PromptedWriter {
  const folder = resolveModel(spec, { cwd: process.cwd() });
  const tokenizer = loadTokenizer(folder);
  const ends = new Set([...endTokens(folder), ...(tokenizer.eosId === undefined ? [] : [tokenizer.eosId])]);
  const decoder = of(trainable);
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

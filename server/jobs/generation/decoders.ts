/** What writes with a model in memory, whatever the model: its own prompt goes before the text, or into the source that the text is written for. */
import { bucketedStep } from '../../engine/index.ts';
import type { CompiledStep, StepFunction } from '../../engine/types.ts';
import { Decoder } from '../../training/decoder.ts';
import { TargetDecoder } from '../../training/target-decoder.ts';
import type { TargetSteps } from '../../training/target-step.ts';
import type { TrainableModel } from '../../training/types.ts';

export interface TextDecoder {
  next(ids: readonly number[]): Float32Array;
  /** Of models with a decoder of its own: takes the prompt, which the model knows the tokens of, and gives the beginning of the text. */
  begin?(prompt: readonly number[]): number[];
  change(trainable: TrainableModel['trainable']): void;
  dispose(): void;
}

/** Decoders of one model, its steps compiled as they go. */
export interface Decoders {
  /** A text's next token, by these values of the trainable tensors; decoders share the compiled steps. */
  decoder(trainable: TrainableModel['trainable']): TextDecoder;
  /** Frees the compiled steps; what is written afterwards compiles them anew. */
  dispose(): void;
}

/** Undefined for models that write no text. */
export function decodersOf({ decoding, target, padTokenId }: TrainableModel): Decoders | undefined {
  const steps: CompiledStep[] = [];
  const compiled = (step: StepFunction) => {
    const made = bucketedStep(step);
    steps.push(made);
    return made;
  };
  const dispose = () => {
    for (const step of steps) step.dispose();
  };
  if (decoding) {
    const step = compiled(decoding.step);
    return { decoder: (trainable) => new Decoder(decoding, step, trainable), dispose };
  }
  if (target) {
    const shared = { encode: compiled(target.encode), write: compiled(target.write) };
    return {
      decoder: (trainable) => sourceDecoder(new TargetDecoder(shared, padTokenId, trainable), target),
      dispose,
    };
  }
  return undefined;
}

const sourceDecoder = (decoder: TargetDecoder, { startTokenId }: TargetSteps): TextDecoder => ({
  next: (ids) => decoder.next(ids),
  begin(prompt) {
    decoder.readSource(prompt);
    return [startTokenId];
  },
  change: (trainable) => decoder.change(trainable),
  dispose: () => decoder.dispose(),
});

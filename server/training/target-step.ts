/** The steps that generation runs with a model that has a decoder of its own: the source once, then the target as far as it is written. */
import type { StepFunction } from '../engine/types.ts';
import type { ModelInputs } from '../models/types.ts';
import { paramsOf } from './assemble-params.ts';
import type { Assembly } from './assemble-types.ts';

export interface TargetSteps {
  /** What the decoder reads before the first token that it writes. */
  startTokenId: number;
  /** Inputs: `input_ids`, `attention_mask` [1, time] int32, every name of `trainable`. Output: `states` [1, time, hidden]. */
  encode: StepFunction;
  /**
   * Inputs: `encoder_states`, `attention_mask` of the source, `decoder_input_ids` [1, targets] int32, `last` [1, 1, targets], every name of
   * `trainable`. Output: `logits` [1, 1, vocab] at the place that `last` marks.
   */
  write: StepFunction;
}

/** Undefined for families without a decoder of their own. */
export function targetSteps(assembly: Assembly): TargetSteps | undefined {
  const { family, config, task } = assembly;
  if (!family.encoded || !family.startTokenId) return undefined;
  return {
    startTokenId: family.startTokenId(config),
    encode: (inputs) => ({
      states: family.encoded!(config, paramsOf(assembly, inputs), inputs as never as ModelInputs),
    }),
    write: (inputs) => ({
      logits: family.logits(config, task, paramsOf(assembly, inputs), inputs as never as ModelInputs),
    }),
  };
}

import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../architectures/types.ts';
import type { Past, PastShape } from './past.ts';

/** The weights as one forward pass sees them: frozen base, trainable copies and adapters behind plain names. */
export interface Params {
  /** A parameter by its full name, e.g. "model.norm.weight". */
  tensor(name: string): Tensor;
  /**
   * x·Wᵀ + b of a linear module, with whatever adapter sits on it. x: [..., n] -> [..., m]. `application` counts from 0 where a module is
   * applied several times in one pass (see `ModelFamily.applications`): each has random draws of its own.
   */
  linear(module: string, x: Tensor, application?: number): Tensor;
  /**
   * Runs one layer, `layer(...xs)`; with gradient checkpointing its activations are computed again in the backward pass. All tensors that
   * it needs beside parameters come in `xs`, what flows from layer to layer first.
   */
  layer(layer: (...xs: Tensor[]) => Tensor, xs: Tensor[]): Tensor;
  /** Rows of an embedding module. ids: int32 of any shape -> [...ids.shape, hidden]. */
  embedding(module: string, ids: Tensor): Tensor;
}

/** Of texts, int32: `attention_mask` is 1 for real tokens, 0 for padding. Models of images get `pixel_values` alone. */
export interface ModelInputs {
  input_ids: Tensor;
  attention_mask: Tensor;
  token_type_ids?: Tensor;
  /**
   * [batch, time]: only where rows hold several examples, which causal models alone take. `attention_mask` then has the number of each
   * token's example, from 1, and these are the tokens' places in their example, from 0.
   */
  position_ids?: Tensor;
  /** Of models with a decoder of its own: [batch, target time], what it reads at each step. */
  decoder_input_ids?: Tensor;
  /** Of those, when they write: what `encoded` has found, so that it need not be computed again. [batch, time, hidden] */
  encoder_states?: Tensor;
  /** Of those, when they write: [batch, 1, target time], 1 at the place whose logits alone are asked for. */
  last?: Tensor;
  /** float32 [batch, channels, height, width], normalised. */
  pixel_values?: Tensor;
}

/** Sizes of the images that a model takes. */
export interface ImageShape {
  channels: number;
  height: number;
  width: number;
}

/** One file per family. `logits` is pure and recordable: no read-back, no random draw. */
export interface ModelFamily {
  id: string;
  /** What `logits` serves; the same list stands in `architectures/`, for those that may not import a graph. */
  tasks: readonly string[];
  /** Of models of images. */
  image?(config: ModelConfig): ImageShape;
  /** Of models with a decoder of its own: what that reads before the first token that it writes. */
  startTokenId?(config: ModelConfig): number;
  /** What fills short rows up. */
  padTokenId(config: ModelConfig): number;
  /**
   * Rows of x in each application of a linear module, where that is not one application to every token of the batch (to one token of each row
   * for heads and poolers).
   */
  applications?(
    config: ModelConfig,
    module: string,
    shape: { rows: number; length: number; targets?: number },
  ): number[] | undefined;
  /** Of models with a decoder of its own: what that looks at, [batch, time, hidden]. */
  encoded?(config: ModelConfig, params: Params, inputs: ModelInputs): Tensor;
  /** What a causal language model keeps of each token when it generates. */
  past?(config: ModelConfig): PastShape;
  /**
   * causal-lm: [batch, time, vocab], with `past` [1, 1, vocab] of the last token; seq2seq: [batch, target time, vocab]; classification and
   * regression: [batch, labels].
   */
  logits(config: ModelConfig, task: string, params: Params, inputs: ModelInputs, past?: Past): Tensor;
}

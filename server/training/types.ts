/** What the training loop, evaluation and generation see of a model with its adapters. */

import type { Tensor } from '@tensorflow/tfjs-core';
import type { HostTensor } from '../base/tensor.ts';
import type { Labels } from '../data/types.ts';
import type { StepFunction } from '../engine/types.ts';
import type { ImageShape, ModelInputs } from '../models/types.ts';
import type { Task } from '../recipe/types.ts';
import type { Decoding } from './decode-step.ts';
import type { ExportedLora, LoraBound } from './export-lora.ts';
import type { TargetSteps } from './target-step.ts';
import type { Weighing } from './weighing.ts';

/** Optimizer groups: LoRA+ gives `adapter-B` a higher rate, `head_learning_rate` holds for `head`. */
export type ParameterGroup = 'adapter' | 'adapter-B' | 'head' | 'base';

/** The padded size of one micro-batch. */
export interface BatchShape {
  rows: number;
  length: number;
  /** Padded length of what a decoder of its own writes; undefined without one. */
  targets?: number;
}

export interface TrainableModel {
  family: string;
  task: Task;
  /** Token that fills up short rows (its embedding is masked out). */
  padTokenId: number;
  /** Of models with a decoder of its own: what that reads before the first token that it writes. */
  startTokenId?: number;
  vocabSize: number;
  /** Longest row that the model was made for. */
  maxLength: number;
  /** Position tables end at `maxLength`; rotary positions do not. */
  lengthLimited: boolean;
  /** Rows of the token type table; 0 for models that take no `token_type_ids`. */
  tokenTypes: number;
  /** Labels of the classification head; undefined for causal-lm. */
  numLabels?: number;
  /** Of models of images, whose only input is `pixel_values`. */
  image?: ImageShape;
  /** Scalars with a gradient, and all parameters as PEFT's `get_nb_trainable_parameters` counts them. */
  trainableParameters: number;
  allParameters: number;
  /** Found while assembling (a head that had to be initialised, …): each becomes a warning event. */
  warnings: { code: string; message: string }[];
  /**
   * Live master copies under stable names, in a stable order. The optimizer updates `data` in place; checkpoints save and
   * restore them; saving reads them.
   */
  trainable: Map<string, HostTensor>;
  groupOf(name: string): ParameterGroup;
  /** What methods do between steps, where one has something to do. */
  schedule?: {
    /** Kept from step to step, by name: checkpoints save and restore them. */
    tensors: Map<string, HostTensor>;
    /** Throws where a run of `total` steps does not fit it (`no-budget-phase`). */
    check(total: number): void;
    /**
     * After the optimizer's update of `step` (from 1) with these gradients, multiplied by `clip`; changes `trainable` in place. True where ranks were
     * allocated.
     */
    after(step: number, total: number, gradients: ReadonlyMap<string, Float32Array>, clip: number): boolean;
    /** By module: the rank that each has been given, at the start or by the last allocation since. Empty where no method allocates ranks. */
    ranks: Map<string, number>;
  };
  /** To be called after each update of `trainable`: methods that bound their tensors put them back. */
  settle(): void;
  /**
   * One micro-batch, forward and backward. Inputs: `pixel_values` [rows, channels, height, width] of images, else `input_ids`, `attention_mask` [rows, length] int32, `token_type_ids`?, `position_ids`? (of packed rows, see `ModelInputs`), `labels` (int32,
   * −100 is ignored: [rows, length] for causal-lm, [rows, targets] beside `decoder_input_ids` for seq2seq, [rows] for classification; float32 [rows] for regression), `loss_scale` (scalar: 1 / number of labels that count in the
   * whole accumulated batch, see `countLabels`), `class_weights`? [labels], every name of `randomInputs`, every name of `trainable`.
   * Outputs: `loss` = Σ losses · loss_scale, and `grad:<name>` per trainable; their sums over the micro-batches are those of the whole batch.
   */
  lossStep: StepFunction;
  /** With gradient checkpointing: `lossStep` without it, to say what it costs. */
  keptStep?: StepFunction;
  /**
   * Inputs as for `lossStep` less `loss_scale` and the random inputs. Outputs: `loss_sum` (sum over counted labels) and, for
   * classification and regression, `logits` [rows, labels].
   */
  evaluationStep: StepFunction;
  /** Inputs of `lossStep` less labels, loss_scale and random ones. Output: `logits`, [rows, length, vocab], [rows, targets, vocab] or [rows, labels]. */
  logitsStep: StepFunction;
  /** Of causal language models: what generates. */
  decoding?: Decoding;
  /** Of models with a decoder of its own: the same. */
  target?: TargetSteps;
  /** Where it was assembled for that (`AssembleInput.weighable`). */
  weighing?: Weighing;
  /**
   * Inputs of at most 16 tokens, or two images, for a step that takes `inputs`, with labels that count and adapters moved off their start, so that a
   * comparison of two ways to compute the step finds what differs (StepCheck).
   */
  checkSlice(inputs: Record<string, Tensor>): Record<string, Tensor>;
  /** Labels of one micro-batch that count towards the loss (causal-lm: those from the second position on that are not −100); with weights, the sum of theirs. */
  countLabels(labels: Labels, shape: BatchShape, classWeights?: ArrayLike<number>): number;
  /** Uniform [0, 1) inputs that `lossStep` wants for this shape, by name; the trainer draws them in the map's order. Empty for most recipes. */
  randomInputs(shape: BatchShape): Map<string, number[]>;
  /** Logits with the current master copies, for tests and one-off forwards; the caller disposes the result. */
  logits(inputs: ModelInputs): Tensor;
  /** `adapter`: `saveAdapters` writes the result. `model`: `saveModel` does (full). */
  result: 'adapter' | 'model';
  /**
   * One adapter: `<folder>/adapter`; several: `<folder>/adapter/<name>`; each a complete PEFT folder, written atomically.
   * Returns absolute paths.
   */
  saveAdapters(folder: string): Promise<{ name: string; path: string }[]>;
  /**
   * The adapters as plain LoRA: one in `target`, several in folders of their names below it; `target` must not exist. Without a bound exact, and
   * `no-plain-lora` for a method whose change of a matrix is no product of low rank; with one the nearest within it.
   */
  exportLora(target: string, bound?: LoraBound): Promise<ExportedLora>;
  /** Writes `target` (a run's `model`) in Hugging Face layout, adapters merged in, atomically; it must not exist. Returns its path. */
  saveModel(target: string): Promise<string>;
  /** Frees the frozen weights. */
  dispose(): void;
}

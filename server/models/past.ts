/** What generation adds to a forward graph: tokens are computed alone, and look at the keys and values of those before them. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Rope } from '../architectures/rope.ts';
import { attention } from '../engine/ops/index.ts';
import { causalMask } from './masks.ts';
import type { ModelInputs } from './types.ts';

/** What a family keeps of each token, and what it must be told of places, which graphs of fixed shapes do not know. */
export interface PastShape {
  layers: number;
  kvHeads: number;
  headDim: number;
  /** Those of the layers, each once; undefined: no window. */
  windows: readonly (number | undefined)[];
  /** The tables of rotary positions that layers read, with the columns of a head that each turns. */
  ropes: readonly { rope: Rope; rotaryDim: number }[];
}

/** As `attention` (engine/ops). */
export type Attend = typeof attention;

/** A step on the tokens of one text, [1, time], that follow others. */
export interface Past {
  /** int32 [time]: places in the text, from 0. */
  positions: Tensor;
  /** Additive mask [1, 1, time, tokens before + time] of the layers with this window. */
  mask(window: number | undefined): Tensor;
  /** Tables [time, rotaryDim / 2] by index of `PastShape.ropes`. */
  rope(index: number): { cos: Tensor; sin: Tensor };
  /** Keeps k and v, and attends to those before as well. Layers ask in their order. */
  attend: Attend;
  /** Of x [1, time, hidden] the last token that is no padding: [1, 1, hidden]. */
  last(x: Tensor): Tensor;
}

export const attendWith = (past: Past | undefined): Attend => past?.attend ?? attention;

/** What a query may see, [batch, 1, time, source]. */
export const maskWith = (inputs: ModelInputs, past: Past | undefined): Tensor =>
  past ? past.mask(undefined) : causalMask(inputs);

/** int32 [time], of packed rows [batch, time]: rows are numbered from 0 whatever their padding, as in transformers. */
export const positionsWith = ({ input_ids, position_ids }: ModelInputs, past: Past | undefined): Tensor =>
  past?.positions ?? position_ids ?? tf.range(0, input_ids.shape[1]!, 1, 'int32');

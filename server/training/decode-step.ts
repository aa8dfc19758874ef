/** The step that generation runs: tokens that follow others, as a graph of fixed shapes. What depends on places comes in as inputs. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { attention, pastAttention } from '../engine/ops/index.ts';
import type { StepFunction } from '../engine/types.ts';
import type { Attend, Past, PastShape } from '../models/past.ts';
import { paramsOf } from './assemble-params.ts';
import type { Assembly } from './assemble-types.ts';

export interface Decoding {
  shape: PastShape;
  /**
   * Inputs: `input_ids` [1, time], `positions` [time] int32; `last` [1, 1, time], 1 at the last token that is no padding, where time > 1;
   * `mask.i` and `cos.i`, `sin.i` by index of the shape's windows and ropes; every name of `trainable`; with tokens before, `past.keys.i` and
   * `past.values.i` [1, kvHeads, before, headDim] by layer. Outputs: `logits` [1, 1, vocab], and `keys.i`, `values.i` of these tokens.
   */
  step: StepFunction;
}

/** Undefined for families that do not generate. */
export function decoding(assembly: Assembly): Decoding | undefined {
  const { family, config, task } = assembly;
  if (task !== 'causal-lm' || !family.past) return undefined;
  const shape = family.past(config);
  const step: StepFunction = (inputs) => {
    const past = new StepPast(shape, inputs);
    // Keys and values outlive their layer.
    const params = {
      ...paramsOf(assembly, inputs),
      layer: (layer: (...xs: Tensor[]) => Tensor, xs: Tensor[]) => layer(...xs),
    };
    const { input_ids } = inputs as { input_ids: Tensor };
    const logits = family.logits(config, task, params, { input_ids, attention_mask: tf.onesLike(input_ids) }, past);
    return { logits, ...past.kept };
  };
  return { shape, step };
}

class StepPast implements Past {
  readonly kept: Record<string, Tensor> = {};
  private readonly shape: PastShape;
  private readonly inputs: Record<string, Tensor>;
  private layer = 0;

  constructor(shape: PastShape, inputs: Record<string, Tensor>) {
    this.shape = shape;
    this.inputs = inputs;
  }

  get positions(): Tensor {
    return this.inputs.positions!;
  }

  mask(window: number | undefined): Tensor {
    return this.inputs[`mask.${this.shape.windows.indexOf(window)}`]!;
  }

  rope(index: number): { cos: Tensor; sin: Tensor } {
    return { cos: this.inputs[`cos.${index}`]!, sin: this.inputs[`sin.${index}`]! };
  }

  attend: Attend = (q, k, v, bias, scale, cap) => {
    const layer = this.layer++;
    this.kept[`keys.${layer}`] = k;
    this.kept[`values.${layer}`] = v;
    const { [`past.keys.${layer}`]: pastKeys, [`past.values.${layer}`]: pastValues } = this.inputs;
    if (!pastKeys || !pastValues) return attention(q, k, v, bias, scale, cap);
    return pastAttention({ q, k, v, pastKeys, pastValues, bias }, scale, cap);
  };

  last(x: Tensor): Tensor {
    return x.shape[1] === 1 ? x : tf.matMul(this.inputs.last!, x as tf.Tensor3D);
  }
}

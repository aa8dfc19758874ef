import type { Tensor } from '@tensorflow/tfjs-core';
import { layerNorm } from '../engine/ops/index.ts';
import type { Params } from './types.ts';

/** Layer normalisation with the weight and bias of a module. */
export const norm = (params: Params, module: string, x: Tensor, eps: number): Tensor =>
  layerNorm(x, params.tensor(`${module}.weight`), params.tensor(`${module}.bias`), eps);

import type { ModelConfig, Module } from '../architectures/types.ts';
import type { Random } from '../base/random.ts';
import { type HostTensor, sizeOf } from '../base/tensor.ts';

/**
 * A head that the checkpoint lacks (one pre-trained without a task), as transformers starts it: weights normal with the config's
 * `initializer_range`, biases zero.
 */
export function initialHead(config: ModelConfig, module: Module, parameter: string, random: Random): HostTensor {
  const shape = module.parameters[parameter]!;
  const data = new Float32Array(sizeOf(shape));
  const range = typeof config.initializer_range === 'number' ? config.initializer_range : 0.02;
  if (parameter === 'weight') for (let i = 0; i < data.length; i++) data[i] = range * random.normal();
  return { shape, data };
}

import type { Module } from '../architectures/types.ts';
import { type HostTensor, transposed } from '../base/tensor.ts';

/** Files hold the weight of a Conv1D module (GPT-2) as Wᵀ, n×m. */
export const isTurned = ({ kind }: Module, parameter: string): boolean => kind === 'conv1d' && parameter === 'weight';

/**
 * A parameter on its way out of a file or into one. Within an assembly every W is m×n, so that methods, decompositions and quantization
 * see a Conv1D module as the linear layer that it is.
 */
export const turned = (module: Module, parameter: string, tensor: HostTensor): HostTensor =>
  isTurned(module, parameter) ? transposed(tensor) : tensor;

import type { Module } from '../architectures/types.ts';
import type { Dtype } from '../recipe/types.ts';

/**
 * Bytes of one frozen weight. int8 has a scale per output besides, which is counted as nothing; nf4 half a byte, an 8-bit scale for 64
 * weights and a float32 one for 256 of those (engine/weights).
 */
export const bytesOf: Readonly<Record<Dtype, number>> = {
  float32: 4,
  bfloat16: 2,
  float16: 2,
  int8: 1,
  nf4: 0.5 + 1 / 64 + 4 / (64 * 256),
};

const quantized: ReadonlySet<Dtype> = new Set(['int8', 'nf4']);

/**
 * How a frozen parameter is held under `model.dtype`. Vectors (norms, biases) stay float32: they are small and the most sensitive. int8
 * and nf4 are for the linear layers inside of the model alone, as transformers and QLoRA do it: embeddings and heads stay
 * in 16 bits, bfloat16 or, where the checkpoint has it, float16.
 */
export function heldAs(dtype: Dtype, module: Module, shape: readonly number[], storedHalf = false): Dtype {
  if (shape.length < 2) return 'float32';
  if (!quantized.has(dtype)) return dtype;
  const inside = module.role !== 'output-head' && module.role !== 'task-head';
  if (inside && (module.kind === 'linear' || module.kind === 'conv1d')) return dtype;
  return storedHalf ? 'float16' : 'bfloat16';
}

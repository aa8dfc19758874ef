/** Building blocks of transformers on any tfjs backend: fused where the backend has a kernel, plain tfjs elsewhere. */
export { attention } from './attention.ts';
export { crossEntropy } from './cross-entropy.ts';
export { embedding } from './embedding.ts';
export { type GeluForm, gelu } from './gelu.ts';
export { layerNorm } from './layer-norm.ts';
export { addLinear, linear } from './linear.ts';
export { rmsNorm } from './rms-norm.ts';
export { rotary } from './rotary.ts';
export { siluGate } from './silu-gate.ts';

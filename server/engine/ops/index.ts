/** Building blocks of transformers and adapters on any tfjs backend: fused where the backend has a kernel, plain tfjs elsewhere. */
export { attention } from './attention.ts';
export { blockRotate } from './block-rotate.ts';
export { butterflyRotate } from './butterfly-rotate.ts';
export { cayley, cayleySeries } from './cayley.ts';
export { crossEntropy } from './cross-entropy.ts';
export { dropout } from './dropout.ts';
export { embedding } from './embedding.ts';
export { type GeluForm, gelu } from './gelu.ts';
export { layerNorm } from './layer-norm.ts';
export { addLinear, linear } from './linear.ts';
export { type LowRankFactors, lowRank, scaleColumns, scaleRows } from './low-rank.ts';
export { type PastAttention, pastAttention } from './past-attention.ts';
export { type RelativePositions, relativeAttention } from './relative-attention.ts';
export { rmsNorm } from './rms-norm.ts';
export { rotary } from './rotary.ts';
export { rowNorms } from './row-norms.ts';
export { siluGate } from './silu-gate.ts';
export { skewFromUpper, skewPart } from './skew.ts';
export {
  bandedPattern,
  bandPlaces,
  plainPattern,
  type SvdFactors,
  type SvfForm,
  type SvftPattern,
  scatteredPattern,
  svf,
  svft,
} from './svft.ts';

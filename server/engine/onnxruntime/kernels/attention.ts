import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { productAttributes } from '../../onnx/fragments/product.ts';
import { floats, integers } from '../backend.ts';
import type { OrtTensor } from '../binding.ts';
import { type Call, floatValue, indexValue, type Route, type Routes } from '../route.ts';

/** Scores per native call: enough to be worth one, few enough to stay in the cache. */
const SCORES = 262_144;
const MICROSOFT = { domain: 'com.microsoft' } as const;

/** Adds a matrix product to the graph. */
const multiply = (
  g: GraphBuilder,
  a: string,
  b: string,
  options: Parameters<typeof productAttributes>[0],
  as?: string,
) => g.op('FusedMatMul', [a, b], productAttributes(options), { ...MICROSOFT, ...(as !== undefined && { as }) });

interface Attrs {
  scale: number;
  /** Scores are cap·tanh(score / cap); 0: none. */
  cap: number;
}

/** scale·q·kᵀ as [items·kvHeads, group·time, source], with a cap tanh(scale·q·kᵀ / cap). */
function scoresOf(g: GraphBuilder, { scale, cap }: Attrs): string {
  if (cap === 0) return multiply(g, 'q', 'k', { transposeB: true, scale });
  return g.op('Tanh', [multiply(g, 'q', 'k', { transposeB: true, scale: scale / cap })]);
}

/** Softmax of the biased scores, in their shape; the bias meets them with all five axes apart. */
function probabilities(g: GraphBuilder, scores: string, { cap }: Attrs): string {
  const apart = g.op('Reshape', [cap > 0 ? g.op('Mul', [scores, g.number(cap)]) : scores, 'apart']);
  const p = g.op('Softmax', [g.op('Add', [apart, 'bias'])], { axis: -1 });
  return g.op('Reshape', [p, 'together']);
}

/**
 * Runs a graph over the batch, a few items at a time, so that the scores, quadratic in time, never exist all at once. Grouped
 * queries lie as [kvHeads, group·time, d]: a group shares its key head without a copy.
 */
function perItems(
  { inputs, attrs, backend }: Call,
  name: string,
  outputs: Record<string, TensorInfo>,
  build: (g: GraphBuilder, attrs: Attrs) => void,
): TensorInfo[] {
  const { q, k, bias } = inputs as Record<'q' | 'k' | 'bias', TensorInfo>;
  const { scale, cap } = attrs as unknown as Attrs;
  const [batch, heads, time] = q.shape as [number, number, number];
  const [, kvHeads, source] = k.shape as [number, number, number];
  const group = heads / kvHeads;
  const step = Math.min(batch, Math.max(1, Math.floor(SCORES / (heads * time * source))));

  const { bias: _, ...heady } = inputs;
  const sources = Object.entries(heady).map(([input, tensor]) => ({ input, tensor, data: backend.float32(tensor) }));
  const results = Object.entries(outputs).map(([output, { shape }]) => ({ output, ...backend.output(shape) }));
  const biasData = backend.float32(bias);
  const [biasBatch, biasHeads, biasTime, biasSource] = [...Array(4 - bias.shape.length).fill(1), ...bias.shape];
  const split = biasHeads === 1 ? [1, 1] : [kvHeads, group];

  const make = () => {
    const g = new GraphBuilder();
    for (const { input } of sources) g.input(floatValue(input, 3));
    g.input(floatValue('bias', 5));
    g.input(indexValue('apart'));
    g.input(indexValue('together'));
    build(g, { scale, cap });
    for (const { output } of results) g.output(floatValue(output, 3));
    return { graph: g.build(), heavy: true };
  };
  for (let from = 0; from < batch; from += step) {
    const items = Math.min(step, batch - from);
    /** The items' part of a [batch, heads, time, d] tensor as [items·kvHeads, rows per key head, d]. */
    const part = ({ shape }: TensorInfo, data: Float32Array): OrtTensor => {
      const size = sizeOf(shape) / batch;
      const d = shape[3]!;
      return floats(data.subarray(from * size, (from + items) * size), [items * kvHeads, size / kvHeads / d, d]);
    };
    const biasItems = biasBatch === 1 ? 1 : items;
    const biasSize = biasData.length / biasBatch;
    const biasFrom = biasBatch === 1 ? 0 : from * biasSize;
    backend.run(
      `${name}/${scale}/${cap}`,
      make,
      {
        ...Object.fromEntries(sources.map(({ input, tensor, data }) => [input, part(tensor, data)])),
        bias: floats(biasData.subarray(biasFrom, biasFrom + biasItems * biasSize), [
          biasItems,
          ...split,
          biasTime,
          biasSource,
        ]),
        apart: integers([items, kvHeads, group, time, source]),
        together: integers([items * kvHeads, group * time, source]),
      },
      Object.fromEntries(results.map(({ output, info, data }) => [output, part(info, data)])),
    );
  }
  return results.map(({ info }) => info);
}

const attention: Route = (call) =>
  perItems(call, 'Attention', { y: { ...call.inputs.q!, shape: outputShape(call) } }, (g, own) => {
    multiply(g, probabilities(g, scoresOf(g, own), own), 'v', {}, 'y');
  });

/** [batch, heads, time, d of v]. */
const outputShape = ({ inputs }: Call) => inputs.q!.shape.with(3, inputs.v!.shape[3]!);

const attentionGrad: Route = (call) => {
  const { q, k, v } = call.inputs as Record<'q' | 'k' | 'v', TensorInfo>;
  return perItems(call, 'AttentionGrad', { dq: q, dk: k, dv: v }, (g, own) => {
    const scores = scoresOf(g, own);
    const p = probabilities(g, scores, own);
    const dp = multiply(g, 'dy', 'v', { transposeB: true });
    const along = g.op('ReduceSum', [g.op('Mul', [dp, p]), g.indices([2])], { keepdims: 1 });
    const dCapped = g.op('Mul', [p, g.op('Sub', [dp, along])]);
    const slope = () => g.op('Sub', [g.number(1), g.op('Mul', [scores, scores])]);
    const ds = own.cap > 0 ? g.op('Mul', [dCapped, slope()]) : dCapped;
    const { scale } = own;
    multiply(g, ds, 'k', { scale }, 'dq');
    multiply(g, ds, 'q', { transposeA: true, scale }, 'dk');
    multiply(g, p, 'dy', { transposeA: true }, 'dv');
  });
};

export const attentionKernels: Routes = { Attention: attention, AttentionGrad: attentionGrad };

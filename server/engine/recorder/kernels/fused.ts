/** The ops of ops/ that onnxruntime has nodes for, or that are better written out than composed. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../base/tensor.ts';
import * as activations from '../../onnx/fragments/activations.ts';
import { type AttentionSizes, attention, attentionGrad } from '../../onnx/fragments/attention.ts';
import { type CrossEntropy, crossEntropy, crossEntropyGrad } from '../../onnx/fragments/cross-entropy.ts';
import * as norms from '../../onnx/fragments/norms.ts';
import {
  type RelativeSizes,
  type RelativeValues,
  relativeAttention,
  relativeAttentionGrad,
} from '../../onnx/fragments/relative-attention.ts';
import { rotary } from '../../onnx/fragments/rotary.ts';
import { compositionOf } from '../../ops/define.ts';
import type { GeluForm } from '../../ops/gelu.ts';
import type { RecordedCall, Recorder, Recorders } from '../recorder.ts';

/** Inputs by name as values of the graph. */
const valuesOf = ({ inputs, recording }: RecordedCall): Record<string, string> =>
  Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, recording.value(x)]));

/** A kernel with one result, of the shape of the input `like`. */
const shaped =
  (like: string, write: (v: Record<string, string>, call: RecordedCall) => string): Recorder =>
  (call) =>
    call.recording.tensor(write(valuesOf(call), call), call.inputs[like]!.shape);

const form = ({ attrs }: RecordedCall) => attrs.form as GeluForm;
const norm = ({ inputs, attrs }: RecordedCall): norms.Norm => ({
  rank: inputs.x!.shape.length,
  eps: attrs.eps as number,
});

function attentionSizes({ inputs, attrs }: RecordedCall): AttentionSizes {
  const [batch, heads, time, d] = inputs.q!.shape as [number, number, number, number];
  const [, kvHeads, source] = inputs.k!.shape as [number, number, number];
  const { shape } = inputs.bias!;
  const bias = [...Array(4 - shape.length).fill(1), ...shape];
  const { scale, cap } = attrs as { scale: number; cap: number };
  return { batch, heads, kvHeads, time, source, d, dv: inputs.v!.shape[3]!, scale, cap, bias };
}

/** Of one product of the size of the scores; the forward pass has two, the backward pass five. */
const scoreFlops = ({ batch, heads, time, source, d }: AttentionSizes) => 2 * batch * heads * time * source * d;

const attentionValues = ({ recording, inputs }: RecordedCall) => {
  const of = (name: string) => recording.value(inputs[name]!);
  return { q: of('q'), k: of('k'), v: of('v'), bias: of('bias') };
};

/** Row by row where the device has loops, else as it is composed. */
const relative =
  (write: (call: RecordedCall, sizes: RelativeSizes) => TensorInfo[]): Recorder =>
  (call) => {
    const { inputs, attrs, recording } = call;
    const [batch, heads, time, d] = inputs.q!.shape as [number, number, number, number];
    const sizes = { batch, heads, time, d, scale: attrs.scale as number, bias: inputs.bias!.shape };
    if (recording.loops) return write(call, sizes);
    const kernel = inputs.dy ? 'RelativeAttentionGrad' : 'RelativeAttention';
    return tf.tidy(() => compositionOf(kernel)!(inputs as Record<string, tf.Tensor>, attrs));
  };

/** Of one product of the size of the scores; those with distances are twice as large. */
const relativeFlops = ({ batch, heads, time, d }: RelativeSizes) => 2 * batch * heads * time * time * d;

const losses = ({ inputs, attrs, recording }: RecordedCall): CrossEntropy => ({
  logits: recording.value(inputs.logits!),
  labels: recording.value(inputs.labels!),
  rows: inputs.logits!.shape[0]!,
  classes: inputs.logits!.shape[1]!,
  smoothing: (attrs.smoothing as number | undefined) ?? 0,
  ignoreIndex: attrs.ignoreIndex as number,
});

const rotate: Recorder = ({ inputs, attrs, recording, g }) => {
  const { x, cos, sin } = inputs as { x: TensorInfo; cos: TensorInfo; sin: TensorInfo };
  const [batch, heads, time, headDim] = x.shape as [number, number, number, number];
  const half = cos.shape.at(-1)!;
  const perRow = cos.shape.length === 3 && cos.shape[0]! > 1;
  const table = (t: TensorInfo) => recording.reshape(recording.value(t), [-1, half]);
  const angle = attrs.inverse === true ? g.op('Neg', [table(sin)]) : table(sin);
  const sizes = { batch, heads, time, headDim, half, perRow };
  return recording.tensor(rotary(g, recording.value(x), table(cos), angle, sizes), x.shape);
};

/** x under a shape that has been computed from that of `first`: nodes without dependencies have no order. */
const after: Recorder = ({ inputs, recording, g }) => {
  const { x, first } = inputs as { x: TensorInfo; first: TensorInfo };
  const operand = recording.operand(first);
  const size = g.op('Size', [operand.value]);
  const known = g.constant({ type: 'int64', shape: [], data: BigInt64Array.of(BigInt(sizeOf(operand.shape))) });
  const shape = g.op('Mul', [g.op('Div', [size, known]), g.indices(x.shape)]);
  return recording.tensor(g.op('Reshape', [recording.value(x), shape]), x.shape, x.dtype);
};

export const fused: Recorders = {
  Gelu: shaped('x', (v, call) => activations.gelu(call.g, v.x!, form(call))),
  GeluGrad: shaped('x', (v, call) => activations.geluGrad(call.g, v.x!, v.dy!, form(call))),
  SiluGate: shaped('up', (v, { g }) => activations.siluGate(g, v.gate!, v.up!)),
  SiluGateGrad: (call) => {
    const { gate, up, dy } = valuesOf(call);
    const { dGate, dUp } = activations.siluGateGrad(call.g, gate!, up!, dy!);
    return [dGate, dUp].map((value) => call.recording.tensor(value, call.inputs.up!.shape));
  },
  RmsNorm: shaped('x', (v, call) => norms.rmsNorm(call.g, v.x!, v.weight!, norm(call))),
  RmsNormGrad: shaped('x', (v, call) => norms.rmsNormGrad(call.g, v.x!, v.weight!, v.dy!, norm(call))),
  LayerNorm: shaped('x', (v, call) => norms.layerNorm(call.g, v.x!, v.weight!, v.bias!, norm(call))),
  LayerNormGrad: shaped('x', (v, call) => norms.layerNormGrad(call.g, v.x!, v.weight!, v.dy!, norm(call))),
  Attention: (call) => {
    const sizes = attentionSizes(call);
    call.recording.flops += scoreFlops(sizes) * 2;
    const value = attention(call.g, attentionValues(call), sizes, call.recording.attention(sizes));
    return call.recording.tensor(value, call.inputs.q!.shape.with(3, sizes.dv));
  },
  AttentionGrad: (call) => {
    const { q, k, v, dy } = call.inputs as Record<'q' | 'k' | 'v' | 'dy', TensorInfo>;
    const sizes = attentionSizes(call);
    const values = { ...attentionValues(call), dy: call.recording.value(dy) };
    call.recording.flops += scoreFlops(sizes) * 5;
    const grads = attentionGrad(call.g, values, sizes, call.recording.attention(sizes));
    return [q, k, v].map(({ shape }, i) => call.recording.tensor(grads[i]!, shape));
  },
  RelativeAttention: relative((call, sizes) => {
    call.recording.flops += relativeFlops(sizes) * 4;
    return [
      call.recording.tensor(relativeAttention(call.g, valuesOf(call) as RelativeValues, sizes), call.inputs.q!.shape),
    ];
  }),
  RelativeAttentionGrad: relative((call, sizes) => {
    call.recording.flops += relativeFlops(sizes) * 10;
    const values = valuesOf(call) as RelativeValues & { dy: string };
    const of = (['q', 'k', 'v', 'keys', 'queries'] as const).map((name) => call.inputs[name]!.shape);
    return relativeAttentionGrad(call.g, values, sizes).map((value, i) => call.recording.tensor(value, of[i]!));
  }),
  CrossEntropy: (call) => call.recording.tensor(crossEntropy(call.g, losses(call)), call.inputs.labels!.shape),
  CrossEntropyGrad: (call) => {
    const dy = call.recording.value(call.inputs.dy!);
    return call.recording.tensor(crossEntropyGrad(call.g, dy, losses(call)), call.inputs.logits!.shape);
  },
  Rotary: rotate,
  After: after,
};

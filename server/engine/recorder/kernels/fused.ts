/** The ops of ops/ that onnxruntime has nodes for, or that are better written out than composed. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as activations from '../../onnx/fragments/activations.ts';
import { type AttentionSizes, attention, attentionGrad } from '../../onnx/fragments/attention.ts';
import { type CrossEntropy, crossEntropy, crossEntropyGrad } from '../../onnx/fragments/cross-entropy.ts';
import * as norms from '../../onnx/fragments/norms.ts';
import { rotary } from '../../onnx/fragments/rotary.ts';
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
  const [batch, heads, time] = inputs.q!.shape as [number, number, number];
  const [, kvHeads, source] = inputs.k!.shape as [number, number, number];
  return { batch, heads, kvHeads, time, source, scale: attrs.scale as number };
}

/** The mask broadcasts inside of the graph. */
const attentionValues = (call: RecordedCall) => {
  const { recording, inputs } = call;
  const of = (name: string) => recording.value(inputs[name]!);
  return { q: of('q'), k: of('k'), v: of('v'), bias: recording.operand(inputs.bias!).value };
};

const losses = ({ inputs, attrs, recording }: RecordedCall): CrossEntropy => ({
  logits: recording.value(inputs.logits!),
  labels: recording.value(inputs.labels!),
  rows: inputs.logits!.shape[0]!,
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
    const { q, v } = call.inputs as Record<'q' | 'v', TensorInfo>;
    const value = attention(call.g, attentionValues(call), attentionSizes(call));
    return call.recording.tensor(value, q.shape.with(3, v.shape[3]!));
  },
  AttentionGrad: (call) => {
    const { q, k, v, dy } = call.inputs as Record<'q' | 'k' | 'v' | 'dy', TensorInfo>;
    const { recording, g } = call;
    const grads = attentionGrad(g, attentionValues(call), recording.value(dy), attentionSizes(call));
    return [
      recording.tensor(grads.dq, q.shape),
      recording.tensor(grads.dk, k.shape),
      recording.tensor(grads.dv, v.shape),
    ];
  },
  CrossEntropy: (call) => call.recording.tensor(crossEntropy(call.g, losses(call)), call.inputs.labels!.shape),
  CrossEntropyGrad: (call) => {
    const dy = call.recording.value(call.inputs.dy!);
    return call.recording.tensor(crossEntropyGrad(call.g, dy, losses(call)), call.inputs.logits!.shape);
  },
  Rotary: rotate,
};

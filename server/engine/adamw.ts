import * as tf from '@tensorflow/tfjs-core';
import { GraphBuilder } from './onnx/builder.ts';
import { arithmetic } from './onnx/fragments/arithmetic.ts';
import type { ValueInfo } from './onnx/model.ts';
import { floats, OnnxRuntimeBackend } from './onnxruntime/backend.ts';
import type { Kernel } from './onnxruntime/sessions.ts';

/** One tensor's parameters, gradient and running means: arrays of one length, of which all but the gradient are updated in place. */
export interface AdamWArrays {
  data: Float32Array;
  gradient: Float32Array;
  exp_avg: Float32Array;
  exp_avg_sq: Float32Array;
}

/** What the update of a step multiplies by. */
export interface AdamWScalars {
  beta1: number;
  beta2: number;
  eps: number;
  /** 1 − learning rate · weight decay. */
  keep: number;
  /** Learning rate / (1 − beta1^t). */
  stepSize: number;
  /** √(1 − beta2^t). */
  correction2: number;
  /** Factor of the gradient, for clipping. */
  clip: number;
}

/** Elements that stay in a core's cache between the passes of the update. */
const BLOCK = 16_384;
/** From here on the native kernel pays: it is several times as fast as JavaScript, on all cores. */
const LARGE = 4 * BLOCK;

/**
 * Updates one tensor in place, step for step as torch.optim.AdamW (Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101): decay
 * first, then the bias-corrected update, with eps added after the correction of the second moment.
 */
export function adamwUpdate(arrays: AdamWArrays, scalars: AdamWScalars): void {
  const backend = tf.backend();
  const native = backend instanceof OnnxRuntimeBackend && arrays.data.length >= LARGE;
  const blocks = native ? Math.floor(arrays.data.length / BLOCK) : 0;
  if (native) updateBlocks(backend, arrays, scalars, blocks);
  updateRest(arrays, scalars, blocks * BLOCK);
}

function updateRest(arrays: AdamWArrays, scalars: AdamWScalars, from: number): void {
  const { data, gradient, exp_avg, exp_avg_sq } = arrays;
  const { beta1, beta2, eps, keep, stepSize, correction2, clip } = scalars;
  for (let i = from; i < data.length; i++) {
    const g = gradient[i]! * clip;
    exp_avg[i]! += (g - exp_avg[i]!) * (1 - beta1);
    exp_avg_sq[i] = exp_avg_sq[i]! * beta2 + g * g * (1 - beta2);
    const denominator = Math.sqrt(exp_avg_sq[i]!) / correction2 + eps;
    data[i] = data[i]! * keep - (stepSize * exp_avg[i]!) / denominator;
  }
}

/** Results are written over their own inputs: every node's output replaces a value that no later node reads. */
function updateBlocks(backend: OnnxRuntimeBackend, arrays: AdamWArrays, scalars: AdamWScalars, blocks: number): void {
  const { data, gradient, exp_avg, exp_avg_sq } = arrays;
  const rows = (values: Float32Array) => floats(values.subarray(0, blocks * BLOCK), [blocks, BLOCK]);
  const { beta1, beta2, eps, keep, stepSize, correction2, clip } = scalars;
  const given = { rest1: 1 - beta1, rest2: 1 - beta2, eps, keep, stepSize, inverse2: 1 / correction2, clip };
  const numbers = Object.entries(given).map(([name, value]) => [name, floats(Float32Array.of(value), [])] as const);
  backend.run(
    'AdamW',
    kernel,
    { p: rows(data), g: rows(gradient), m: rows(exp_avg), v: rows(exp_avg_sq), ...Object.fromEntries(numbers) },
    { p1: rows(data), m1: rows(exp_avg), v1: rows(exp_avg_sq) },
  );
}

const TENSORS = ['p', 'g', 'm', 'v'] as const;
const NUMBERS = ['rest1', 'rest2', 'eps', 'keep', 'stepSize', 'inverse2', 'clip'] as const;

/** A loop over blocks, each of which stays in the cache. */
function kernel(): Kernel {
  const body = new GraphBuilder('block.');
  const block = (name: string): ValueInfo => ({ name, type: 'float32', shape: [BLOCK] });
  const inside = Object.fromEntries(TENSORS.map((name) => [name, body.input(block(`block.${name}`))]));
  update(body, inside as Record<(typeof TENSORS)[number], string>).forEach((value, i) => {
    body.output(block(`block.out${i}`), value);
  });
  const graph = new GraphBuilder();
  const rows = (name: string): ValueInfo => ({ name, type: 'float32', shape: ['blocks', BLOCK] });
  for (const name of TENSORS) graph.input(rows(name));
  for (const name of NUMBERS) graph.input({ name, type: 'float32', shape: [] });
  const attributes = { num_scan_inputs: TENSORS.length, body: { graph: body.build() } };
  const results = graph.ops('Scan', TENSORS, 3, attributes, { again: true });
  for (const [i, name] of ['p1', 'm1', 'v1'].entries()) graph.output(rows(name), results[i]);
  return { graph: graph.build() };
}

/** The new parameters and means. */
function update(g: GraphBuilder, { p, g: gradient, m, v }: Record<(typeof TENSORS)[number], string>): string[] {
  const { add, sub, mul, div, sqrt } = arithmetic(g);
  const clipped = mul(gradient, 'clip');
  const mean = add(m, mul(sub(clipped, m), 'rest1'));
  const square = add(v, mul(sub(mul(clipped, clipped), v), 'rest2'));
  const denominator = add(mul(sqrt(square), 'inverse2'), 'eps');
  return [sub(mul(p, 'keep'), div(mul(mean, 'stepSize'), denominator)), mean, square];
}

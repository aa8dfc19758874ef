/**
 * Rankwise's side of the training-step benchmark, bundled and run by step.mjs: `write FOLDER` makes the weights and the batch that both sides
 * use, `run FOLDER STEPS THREADS` trains on them and prints one line of JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { lora } from '../server/adapters/lora.ts';
import { Random } from '../server/base/random.ts';
import { type HostTensor, sizeOf } from '../server/base/tensor.ts';
import { bucketedStep, fromHost, memoryStats, startEngine, valueAndGradients } from '../server/engine/index.ts';
import { crossEntropy, embedding, linear } from '../server/engine/ops/index.ts';
import { llama } from '../server/models/llama.ts';
import type { Params } from '../server/models/types.ts';

const CONFIG = {
  vocab_size: 4096,
  hidden_size: 512,
  intermediate_size: 1408,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  max_position_embeddings: 128,
  tie_word_embeddings: true,
};
const BATCH = 8;
const TIME = 128;
const RANK = 8;
const ALPHA = 16;
const LEARNING_RATE = 1e-3;

interface Spec {
  config: typeof CONFIG;
  batch: number;
  time: number;
  scale: number;
  learningRate: number;
  ids: number[];
  labels: number[];
  /** Float32 tensors one after the other in weights.bin. */
  tensors: { name: string; shape: number[]; trainable: boolean }[];
}

function* tensors(): Generator<{ name: string; shape: number[]; deviation: number; trainable?: true }> {
  const { hidden_size: d, intermediate_size: m, vocab_size: v } = CONFIG;
  yield { name: 'model.embed_tokens.weight', shape: [v, d], deviation: 0.02 };
  for (let i = 0; i < CONFIG.num_hidden_layers; i++) {
    const at = `model.layers.${i}`;
    for (const p of ['q', 'k', 'v', 'o'])
      yield { name: `${at}.self_attn.${p}_proj.weight`, shape: [d, d], deviation: d ** -0.5 };
    for (const p of ['gate', 'up']) yield { name: `${at}.mlp.${p}_proj.weight`, shape: [m, d], deviation: d ** -0.5 };
    yield { name: `${at}.mlp.down_proj.weight`, shape: [d, m], deviation: m ** -0.5 };
    for (const norm of ['input', 'post_attention'])
      yield { name: `${at}.${norm}_layernorm.weight`, shape: [d], deviation: 0.1 };
    for (const p of ['q', 'v']) {
      yield { name: `${at}.self_attn.${p}_proj.lora_A`, shape: [RANK, d], deviation: 0.02, trainable: true };
      yield { name: `${at}.self_attn.${p}_proj.lora_B`, shape: [d, RANK], deviation: 0.01, trainable: true };
    }
  }
  yield { name: 'model.norm.weight', shape: [d], deviation: 0.1 };
}

function write(folder: string): void {
  const random = Random.seeded(0, 'bench');
  const tokens = () => Array.from({ length: BATCH * TIME }, () => random.below(CONFIG.vocab_size));
  const all = [...tensors()];
  const spec: Spec = {
    config: CONFIG,
    batch: BATCH,
    time: TIME,
    scale: ALPHA / RANK,
    learningRate: LEARNING_RATE,
    ids: tokens(),
    labels: tokens(),
    tensors: all.map(({ name, shape, trainable = false }) => ({ name, shape, trainable })),
  };
  const data = all.map(({ name, shape, deviation }) =>
    Float32Array.from({ length: sizeOf(shape) }, () => (name.includes('norm') ? 1 : 0) + random.normal() * deviation),
  );
  writeFileSync(path.join(folder, 'spec.json'), JSON.stringify(spec));
  writeFileSync(path.join(folder, 'weights.bin'), Buffer.concat(data.map((d) => new Uint8Array(d.buffer))));
}

function read(folder: string): { spec: Spec; weights: Map<string, HostTensor> } {
  const spec = JSON.parse(readFileSync(path.join(folder, 'spec.json'), 'utf8')) as Spec;
  const file = readFileSync(path.join(folder, 'weights.bin'));
  const weights = new Map<string, HostTensor>();
  let offset = 0;
  for (const { name, shape } of spec.tensors) {
    const size = sizeOf(shape);
    weights.set(name, { shape, data: new Float32Array(file.buffer, file.byteOffset + offset, size) });
    offset += size * 4;
  }
  return { spec, weights };
}

/** Llama with LoRA on q and v, out of the product's own model and adapter. */
function paramsOf(tensor: (name: string) => tf.Tensor): Params {
  const settings = { rank: RANK, alpha: ALPHA, options: {} };
  return {
    tensor,
    linear(module, x) {
      if (module === 'lm_head') return linear(x, tensor('model.embed_tokens.weight'));
      const weight = tensor(`${module}.weight`);
      if (!/[qv]_proj$/.test(module)) return linear(x, weight);
      const rows = tf.reshape(x, [-1, weight.shape[1]!]);
      const y = lora.forward(rows, {
        base: (input) => linear(input, weight),
        weight: () => weight,
        tensors: { A: tensor(`${module}.lora_A`), B: tensor(`${module}.lora_B`) },
        settings,
        random: () => undefined,
      });
      return tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[0]!]);
    },
    layer: (layer, xs) => tf.tidy(() => layer(...xs)),
    embedding: (module, ids) => embedding(tensor(`${module}.weight`), ids),
  };
}

/** Adam on host arrays, PyTorch's defaults and no weight decay: the trainable tensors are small. */
function adam(step: number, value: Float32Array, gradient: Float32Array, moments: [Float32Array, Float32Array]): void {
  const [first, second] = moments;
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i]!;
    first[i] = 0.9 * first[i]! + 0.1 * g;
    second[i] = 0.999 * second[i]! + 0.001 * g * g;
    const slope = Math.sqrt(second[i]! / (1 - 0.999 ** step)) + 1e-8;
    value[i]! -= (LEARNING_RATE * (first[i]! / (1 - 0.9 ** step))) / slope;
  }
}

async function run(folder: string, steps: number, threads: number): Promise<void> {
  await startEngine({ threads });
  const { spec, weights } = read(folder);
  const frozen: Record<string, tf.Tensor> = {};
  const trainable = new Map<string, { host: HostTensor; moments: [Float32Array, Float32Array] }>();
  for (const { name, trainable: trains } of spec.tensors) {
    const host = weights.get(name)!;
    if (!trains) frozen[name] = fromHost(host);
    else {
      const zeros = () => new Float32Array(host.data.length);
      trainable.set(name, { host: { ...host, data: host.data.slice() }, moments: [zeros(), zeros()] });
    }
  }
  const shape: [number, number] = [spec.batch, spec.time];
  const batch = {
    input_ids: tf.tensor2d(spec.ids, shape, 'int32'),
    attention_mask: tf.ones(shape, 'int32'),
    labels: tf.tensor1d(spec.labels, 'int32'),
  };
  const step = bucketedStep((inputs) => {
    const xs = Object.fromEntries([...trainable.keys()].map((name) => [name, inputs[name]!]));
    const params = paramsOf((name) => inputs[name] ?? frozen[name]!);
    const { value, gradients } = valueAndGradients(() => {
      const { input_ids, attention_mask, labels } = inputs as typeof batch;
      const logits = llama.logits(spec.config, 'causal-lm', params, { input_ids, attention_mask });
      return tf.mean(crossEntropy(tf.reshape(logits, [-1, spec.config.vocab_size]), labels)) as tf.Scalar;
    }, xs);
    return { loss: value, ...gradients };
  });

  const ms: number[] = [];
  const losses: number[] = [];
  for (let i = 1; i <= steps; i++) {
    const begin = performance.now();
    const now = Object.fromEntries([...trainable].map(([name, { host }]) => [name, fromHost(host)]));
    const results = step.run({ ...batch, ...now });
    for (const [name, { host, moments }] of trainable)
      adam(i, host.data, results[name]!.dataSync<'float32'>(), moments);
    losses.push(results.loss!.dataSync()[0]!);
    tf.dispose([results, now]);
    ms.push(performance.now() - begin);
  }
  console.log(JSON.stringify({ ms, losses, peakBytes: memoryStats().peakRss, threads }));
}

const [command, folder, steps, threads] = process.argv.slice(2);
if (command === 'write') write(folder!);
else await run(folder!, Number(steps), Number(threads));

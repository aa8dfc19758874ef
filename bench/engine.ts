/**
 * Rankwise's side of the engine's benchmark, bundled and run by engine.mjs, each call a process of its own:
 * `write FOLDER` makes what both sides read; `run FOLDER OPTIONS METHOD` trains and prints one line of JSON; `attention FOLDER OPTIONS` times
 * one layer's attention alone, forward and backward. OPTIONS is JSON, see `Options`.
 */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { borrow, compileStep, memoryStats, startEngine, valueAndGradients } from '../server/engine/index.ts';
import { attention } from '../server/engine/ops/index.ts';
import type { Executable } from '../server/engine/recorder/executable.ts';
import type { CompiledStep, StepFunction } from '../server/engine/types.ts';
import type { Dtype } from '../server/recipe/types.ts';
import { batchTensors, trainableTensors } from '../server/training/feed.ts';
import { objectiveOf } from '../server/training/objectives.ts';
import { AdamW } from '../server/training/optimizer.ts';
import { lossStep } from '../server/training/step.ts';
import { assemble } from './assembly.ts';
import { type BatchFile, type Cell, readJson } from './cell.ts';
import { productRate } from './rate.ts';
import { write } from './write.ts';

/** The one place that compiles. */
const compile = (fn: StepFunction, example: Record<string, tf.Tensor>): CompiledStep => compileStep(fn, example);

/** What engine.mjs's flags say of Rankwise's side. */
interface Options {
  steps: number;
  threads: number;
  checkpointing: boolean;
  /** How the frozen base is held. */
  dtype: Dtype;
}

/** Bytes of resident pages that are pages of files, where the system tells. */
function mappedBytes(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const kilobytes = /^RssFile:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

async function run(folder: string, { steps, threads, checkpointing, dtype }: Options, method: string): Promise<object> {
  await startEngine({ threads });
  const startBytes = memoryStats().rss;
  const cell = readJson<Cell>(folder, 'cell.json');
  const file = readJson<BatchFile>(folder, 'batch.json');
  const assembly = assemble(folder, method, checkpointing, dtype);
  const { learning_rate, ...settings } = cell.methods[method]!.optimizer;
  const optimizer = new AdamW(assembly.trainable, settings);
  const shape = { rows: cell.batch, length: cell.length };
  const labels = Int32Array.from(file.labels);
  const ids = Int32Array.from(file.input_ids);
  const batch = {
    ...batchTensors({
      shape,
      input_ids: ids,
      attention_mask: new Int32Array(ids.length).fill(1),
      labels,
      tokens: ids.length,
    }),
    loss_scale: tf.scalar(1 / objectiveOf(assembly.task).count(labels, shape)),
  };
  const ms: number[] = [];
  const losses: number[] = [];
  let step: CompiledStep | undefined;
  let buildMs = 0;
  for (let i = 0; i < steps; i++) {
    const began = performance.now();
    const trainable = trainableTensors(assembly.trainable);
    const inputs = { ...batch, ...trainable };
    if (step === undefined) {
      const start = performance.now();
      step = compile(lossStep(assembly), inputs);
      buildMs = performance.now() - start;
    }
    const outputs = step.run(inputs);
    losses.push(outputs.loss!.dataSync()[0]!);
    const gradients = new Map<string, Float32Array>();
    for (const name of assembly.trainable.keys()) gradients.set(name, borrow(outputs[`grad:${name}`]!));
    optimizer.update(gradients, () => learning_rate);
    tf.dispose([outputs, trainable]);
    ms.push(performance.now() - began);
  }
  const figures = { ms, buildMs, losses, startBytes, peakBytes: memoryStats().peakRss, mappedBytes: mappedBytes() };
  const { flops } = (step as Executable).recorded;
  const { hidden_size: hidden, intermediate_size: wide } = cell.config as Record<string, number>;
  return { ...figures, flops, rate: productRate(cell.batch * cell.length, hidden!, wide!) };
}

async function attentionAlone(folder: string, { steps, threads }: Options): Promise<object> {
  await startEngine({ threads });
  const { config, batch, length } = readJson<Cell>(folder, 'cell.json');
  const heads = config.num_attention_heads as number;
  const dim = (config.hidden_size as number) / heads;
  const inputs = Object.fromEntries(
    ['q', 'k', 'v'].map((name, i) => [name, tf.randomNormal([batch, heads, length, dim], 0, 1, 'float32', i + 1)]),
  ) as Record<'q' | 'k' | 'v', tf.Tensor>;
  const all = { ...inputs, bias: tf.zeros([1, 1, length, length]) };
  const step = compile(({ bias, ...xs }) => {
    const { q, k, v } = xs as typeof inputs;
    return valueAndGradients(() => tf.sum(attention(q, k, v, bias!, dim ** -0.5)) as tf.Scalar, xs).gradients;
  }, all);
  const ms: number[] = [];
  for (let i = 0; i < steps; i++) {
    const began = performance.now();
    tf.dispose(step.run(all));
    ms.push(performance.now() - began);
  }
  return { ms };
}

const [command, folder, options, method] = process.argv.slice(2);
if (command === 'write') write(folder!);
else {
  const given = JSON.parse(options!) as Options;
  const result = command === 'run' ? run(folder!, given, method!) : attentionAlone(folder!, given);
  console.log(JSON.stringify(await result));
}

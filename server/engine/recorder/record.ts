import * as tf from '@tensorflow/tfjs-core';
import type { FileRange } from '../../base/file-range.ts';
import type { Graph } from '../onnx/model.ts';
import type { OnnxRuntimeBackend } from '../onnxruntime/backend.ts';
import type { StepFunction } from '../types.ts';
import type { HeldPart } from '../weights/graph.ts';
import { guarded } from './guard.ts';
import { type Held, onnxType, Recording, type RecordOptions } from './recording.ts';
import { scheduled } from './schedule.ts';

/** A tensor that goes into or comes out of a recorded step. */
export interface Port {
  /** In the graph. */
  value: string;
  shape: number[];
  dtype: tf.DataType;
}

/** A step as a graph, for inputs of one shape each. */
export interface RecordedStep {
  graph: Graph;
  /** By the step's own names; an input that no result depends on is missing. */
  inputs: ReadonlyMap<string, Port>;
  outputs: ReadonlyMap<string, Port>;
  /** Large tensors from outside, kept alive until `release`. */
  held: readonly Held[];
  /** Floating-point operations of its matrix products. */
  flops: number;
  /** Whether some attention goes head by head, as it does for long sequences. */
  longAttention: boolean;
  /** Frozen weights: arrays that the graph takes as inputs, and what it maps. */
  weights: readonly HeldPart[];
  files: readonly FileRange[];
  release(): void;
}

/**
 * Runs a step once on symbolic tensors of the shapes and types of `example` and answers with what its kernels were, forward and
 * backward, as one graph. Nothing is computed but what depends on no input: that becomes constants.
 * @throws RankwiseError `unrecordable-kernel`, `impure-step`.
 */
export function record(
  fn: StepFunction,
  example: Record<string, tf.Tensor>,
  options: Partial<RecordOptions> = {},
): RecordedStep {
  const backend = tf.backend() as OnnxRuntimeBackend;
  const recording = new Recording(backend, { loops: backend.runner === undefined, ...options });
  const { graph } = recording;
  const inputs = new Map<string, Port>();
  const outputs = new Map<string, Port>();
  backend.recording = recording;
  tf.engine().startScope('record');
  try {
    const symbolic: Record<string, tf.Tensor> = {};
    for (const [name, { shape, dtype }] of Object.entries(example)) {
      const value = graph.input({ name: `in.${name}`, type: onnxType(dtype), shape });
      inputs.set(name, { value, shape, dtype });
      symbolic[name] = tf.engine().makeTensorFromTensorInfo(recording.tensor(value, shape, dtype));
    }
    for (const [name, result] of Object.entries(guarded(() => fn(symbolic)))) {
      const { shape, dtype } = result;
      const value = `out.${name}`;
      outputs.set(name, { value, shape, dtype });
      graph.output({ name: value, type: onnxType(dtype), shape }, recording.value(result));
    }
  } catch (error) {
    recording.release();
    throw error;
  } finally {
    tf.engine().endScope();
    backend.recording = undefined;
  }
  const { held, files } = recording.weights;
  const frozen = new Set([...held.map(({ name }) => name), ...[...recording.held.values()].map(({ name }) => name)]);
  const whole = scheduled(graph.build(), frozen);
  const used = new Set(whole.inputs.map(({ name }) => name));
  return {
    graph: whole,
    inputs: new Map([...inputs].filter(([, { value }]) => used.has(value))),
    outputs,
    held: [...recording.held.values()].filter(({ name }) => used.has(name)),
    flops: recording.flops,
    longAttention: recording.longAttention,
    weights: held.filter(({ name }) => used.has(name)),
    files,
    release: () => recording.release(),
  };
}

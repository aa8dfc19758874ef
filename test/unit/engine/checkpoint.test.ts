import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkpoint, compileStep, valueAndGradients } from '../../../server/engine/index.ts';
import type { Graph, Node } from '../../../server/engine/onnx/model.ts';
import * as ops from '../../../server/engine/ops/index.ts';
import { record } from '../../../server/engine/recorder/record.ts';
import type { StepFunction } from '../../../server/engine/types.ts';
import { useBackend } from './backends.ts';
import { eager } from './cases/kernels.ts';

const LAYERS = 6;
const WIDTH = 64;

/** A stack of layers; `offset` is made inside of the step and shared by all of them. */
function stack(kept: 'kept' | 'checkpointed'): StepFunction {
  return ({ x, ...weights }) => {
    const loss = () => {
      const offset = tf.add(tf.zeros([WIDTH]), 0.1);
      const layer = (name: string) => (x?: tf.Tensor, offset?: tf.Tensor) =>
        tf.add(
          x!,
          ops.gelu(tf.add(ops.linear(ops.gelu(ops.linear(x!, weights[name]!), 'erf'), weights[name]!), offset!), 'erf'),
        );
      const y = Object.keys(weights).reduce(
        (y, name) => (kept === 'kept' ? tf.tidy(() => layer(name)(y, offset)) : checkpoint(layer(name), [y, offset])),
        x!,
      );
      return tf.sum(tf.square(y)) as tf.Scalar;
    };
    const { value, gradients } = valueAndGradients(loss, weights);
    return { value, ...gradients };
  };
}

const inputs = () => ({
  x: eager.t([32, WIDTH]),
  ...Object.fromEntries(Array.from({ length: LAYERS }, (_, i) => [`w${i}`, eager.t([WIDTH, WIDTH], i + 2)])),
});

/** The order in which onnxruntime runs nodes, as server/engine/recorder/schedule.ts describes it. */
function executionOrder({ nodes }: Graph): Node[] {
  const makers = new Map(nodes.flatMap((node, i) => node.outputs.map((value) => [value, i] as const)));
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const order: Node[] = [];
  const seen = new Set<number>();
  const visit = (i: number) => {
    if (seen.has(i)) return;
    seen.add(i);
    const before = nodes[i]!.inputs.flatMap((value) => makers.get(value) ?? []);
    for (const j of [...new Set(before)].sort((a, b) => b - a)) visit(j);
    order.push(nodes[i]!);
  };
  for (let i = nodes.length - 1; i >= 0; i--) if (!nodes[i]!.outputs.some((value) => read.has(value))) visit(i);
  return order;
}

/** The largest number of values that are alive at once. */
function peak(order: Node[]): number {
  const last = new Map(order.flatMap(({ inputs }, i) => inputs.map((value) => [value, i] as const)));
  const alive = new Set<string>();
  return order.reduce((most, { inputs, outputs }, i) => {
    for (const value of outputs) if (last.has(value)) alive.add(value);
    const now = Math.max(most, alive.size);
    for (const value of inputs) if (last.get(value) === i) alive.delete(value);
    return now;
  }, 0);
}

beforeAll(() => useBackend('onnxruntime'));

describe('gradient checkpointing', () => {
  test.each(['as it is written', 'compiled'])('gives the same bits and leaves nothing behind, %s', (how) => {
    const given = inputs();
    const before = tf.memory().numTensors;
    const results = (['kept', 'checkpointed'] as const).map((kind) => {
      const step = how === 'compiled' ? compileStep(stack(kind), given) : { run: stack(kind), dispose() {} };
      const outputs = step.run(given);
      const values = Object.fromEntries(Object.entries(outputs).map(([name, y]) => [name, Array.from(y.dataSync())]));
      tf.dispose(outputs);
      step.dispose();
      return values;
    });
    expect(results[1]).toEqual(results[0]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(given);
  });

  test('keeps far fewer values alive: each layer is computed again when its turn comes', () => {
    const given = inputs();
    const peaks = (['kept', 'checkpointed'] as const).map((kind) => {
      const recorded = record(stack(kind), given);
      recorded.release();
      return peak(executionOrder(recorded.graph));
    });
    // A layer keeps several values, a checkpoint one.
    expect(peaks[0]! - peaks[1]!).toBeGreaterThan(2 * (LAYERS - 1));
    tf.dispose(given);
  });

  test('is the plain block where nothing is trained', () => {
    tf.tidy(() => {
      expect(checkpoint((x) => tf.neg(x!), [tf.ones([2])]).dataSync()[0]).toBe(-1);
    });
  });
});

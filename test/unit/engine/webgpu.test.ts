import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readerOf } from '../../../server/base/tensor.ts';
import { backendNamed } from '../../../server/engine/backends.ts';
import type { Frozen, GraphRunner, HostValue } from '../../../server/engine/graph/types.ts';
import {
  capabilities,
  compileStep,
  type FrozenWeight,
  frozenTensor,
  holdWeight,
  mapWeight,
  startEngine,
  valueAndGradients,
  type WeightDtype,
} from '../../../server/engine/index.ts';
import type { Graph } from '../../../server/engine/onnx/model.ts';
import type { OnnxRuntimeBackend } from '../../../server/engine/onnxruntime/backend.ts';
import { embedding, linear } from '../../../server/engine/ops/index.ts';
import type { Executable } from '../../../server/engine/recorder/executable.ts';
import type { StepFunction } from '../../../server/engine/types.ts';
import { formats } from '../../../server/engine/weights/formats.ts';
import { agrees, CASES } from './cases/index.ts';
import { rangeOf } from './files.ts';
import { useSwiftShader } from './swiftshader.ts';
import { transformer } from './transformer.ts';

const available = useSwiftShader();
const floats = (dims: number[], value: number | ((i: number) => number)): HostValue & { data: Float32Array } => {
  const data = new Float32Array(dims.reduce((a, b) => a * b, 1)).map((_, i) =>
    typeof value === 'number' ? value : value(i),
  );
  return { type: 'float32', dims, data, location: 'cpu' };
};
/** Of a weight that is one array. */
const bytesOf = ({ parts }: FrozenWeight) => {
  const { buffer, byteOffset, byteLength } = parts.values!.data as Float32Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
};
const info = ({ type, dims }: Frozen, name: string) => ({ name, type, shape: dims });

/** y = x·w. */
const product = (x: Frozen, w: Frozen, n: number): Graph => ({
  inputs: [info(x, 'x'), info(w, 'w')],
  outputs: [{ name: 'y', type: 'float32', shape: [x.dims[0]!, n] }],
  nodes: [
    { op: 'Cast', inputs: ['w'], outputs: ['w32'], attributes: { to: 1 } },
    { op: 'MatMul', inputs: ['x', 'w32'], outputs: ['y'] },
  ],
});

describe.skipIf(!available)('webgpu', () => {
  let runner: GraphRunner;

  beforeAll(async () => {
    await startEngine({ backend: 'webgpu', threads: 2 });
    runner = (tf.backend() as OnnxRuntimeBackend).runner!;
  });
  afterEach(() => {
    expect(runner.memory(), 'what sessions held is freed with them').toEqual({ tensors: 0, bytes: 0 });
  });

  test('tells on what it computes, and that it is software', async () => {
    expect(capabilities()).toMatchObject({
      backend: 'webgpu',
      provider: 'webgpu',
      device: expect.stringMatching(/SwiftShader/),
    });
    expect(await backendNamed('webgpu')!.report({})).toMatchObject({ available: true, software: true });
  });

  test.each(CASES)('recorded $name, all of it on the GPU', (each) => {
    agrees(each, undefined, (step, inputs) => {
      const executable = compileStep(step, inputs) as Executable;
      try {
        expect(executable.fallback).toBe(false);
        return executable.run(inputs);
      } finally {
        executable.dispose();
      }
    });
  });

  test('a training step of a transformer agrees with the CPU', () => {
    tf.tidy(() => {
      const { step, inputs } = transformer();
      const given = inputs(12);
      const executable = compileStep(step, given) as Executable;
      const actual = executable.run(given);
      for (const [name, expected] of Object.entries(step(given))) {
        const difference = tf.norm(tf.sub(actual[name]!, expected)).dataSync()[0]!;
        expect(difference / tf.norm(expected).dataSync()[0]!, name).toBeLessThan(5e-6);
      }
      expect(executable.fallback).toBe(false);
      executable.dispose();
    });
  });

  test.each(Object.keys(formats) as WeightDtype[])('frozen weights in %s, held and mapped', (dtype) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'weights '));
    const [rows, width] = [12, 40];
    const data = Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i * i));
    const held = holdWeight(dtype, readerOf({ shape: [rows, width], data }));
    const weights = [held];
    if (formats[dtype].stored !== undefined) {
      const file = path.join(folder, 'w.bin');
      writeFileSync(file, Buffer.concat([Buffer.alloc(3), bytesOf(held)]));
      weights.push(mapWeight(dtype, rangeOf(file, 3, bytesOf(held).length), held.shape));
    }
    tf.tidy(() => {
      const given = {
        x: tf.tensor2d(
          Float32Array.from({ length: 5 * width }, (_, i) => Math.cos(i)),
          [5, width],
        ),
        ids: tf.tensor1d([3, 0, 11], 'int32'),
      };
      for (const weight of weights.map(frozenTensor)) {
        const step: StepFunction = ({ x, ids }) => {
          const loss = () => tf.sum(tf.square(linear(x!, weight))) as tf.Scalar;
          const { value, gradients } = valueAndGradients(loss, { x: x! });
          return { value, gradient: gradients.x!, rows: embedding(weight, ids!) };
        };
        const executable = compileStep(step, given) as Executable;
        const actual = executable.run(given);
        for (const [name, expected] of Object.entries(step(given))) {
          const difference = tf.norm(tf.sub(actual[name]!, expected)).dataSync()[0]!;
          expect(difference / tf.norm(expected).dataSync()[0]!, name).toBeLessThan(1e-6);
        }
        expect(executable.fallback).toBe(false);
        executable.dispose();
      }
    });
    rmSync(folder, { recursive: true });
  });

  test('graphs of different shapes share their weights, which leave the device with the last of them', () => {
    const w = floats([64, 32], (i) => i % 7);
    const sizes = [3, 5].map((rows) => ({ x: floats([rows, 64], 1), y: floats([rows, 32], 0) }));
    const [short, long] = sizes.map(({ x }) => runner.open(product(x, w, 32), { w }));
    expect(runner.memory()).toEqual({ tensors: 1, bytes: 4 * 64 * 32 });
    short!.run({ x: sizes[0]!.x }, { y: sizes[0]!.y });
    short!.dispose();
    expect(runner.memory().tensors).toBe(1);
    long!.run({ x: sizes[1]!.x }, { y: sizes[1]!.y });
    long!.dispose();
    expect(sizes[1]!.y.data.subarray(0, 32)).toEqual(sizes[0]!.y.data.subarray(0, 32));
    expect(sizes[0]!.y.data[0]).toBe(Array.from({ length: 64 }, (_, i) => (32 * i) % 7).reduce((a, b) => a + b));
  });

  test('500 runs take no more memory than 100', () => {
    const w = floats([64, 64], 1);
    const x = floats([64, 64], 2);
    const y = floats([64, 64], 0);
    const session = runner.open(product(x, w, 64), { w });
    const after = (runs: number) => {
      for (let i = 0; i < runs; i++) session.run({ x }, { y });
      globalThis.gc?.();
      return process.memoryUsage.rss();
    };
    const [first, last] = [after(100), after(400)];
    expect(y.data[0]).toBe(128);
    expect((last - first) / 2 ** 20).toBeLessThan(16);
    session.dispose();
  });

  test('weights of 16-bit floats and of files are exact', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'weights '));
    const file = path.join(folder, 'w.bin');
    const bfloat16 = Uint16Array.of(0x3f80, 0xc000, 0x0001, 0x3eab); // 1, −2, 2^-133, 0.333984375
    const float16 = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x3555); // 1, −2, 2^-24, 0.333251953125
    writeFileSync(file, Buffer.concat([Buffer.alloc(6), Buffer.from(bfloat16.buffer)]));
    const frozen: [Frozen, number[]][] = [
      [{ type: 'bfloat16', dims: [2, 2], range: rangeOf(file, 6, 8) }, [1, -2, 2 ** -133, 0.333984375]],
      [{ type: 'bfloat16', dims: [2, 2], data: bfloat16, location: 'cpu' }, [1, -2, 2 ** -133, 0.333984375]],
      [{ type: 'float16', dims: [2, 2], data: float16, location: 'cpu' }, [1, -2, 2 ** -24, 0.333251953125]],
      [{ type: 'int8', dims: [2, 2], data: Int8Array.of(1, -2, 127, -128), location: 'cpu' }, [1, -2, 127, -128]],
    ];
    const x = floats([2, 2], (i) => (i % 3 === 0 ? 1 : 0));
    for (const [w, expected] of frozen) {
      const y = floats([2, 2], 0);
      const session = runner.open(product(x, w, 2), { w });
      session.run({ x }, { y });
      // The GPU may take subnormal numbers for zero.
      for (const [i, value] of y.data.entries()) expect(value).toBeCloseTo(expected[i]!, 9);
      session.dispose();
    }
    rmSync(folder, { recursive: true });
  });

  test('a file that ends early is named', () => {
    const range = { ...rangeOf(import.meta.filename, 0, 16), offset: 2 ** 30 };
    const w: Frozen = { type: 'float32', dims: [2, 2], range };
    expect(() => runner.open(product(floats([2, 2], 1), w, 2), { w })).toThrow(
      expect.objectContaining({ code: 'weights-changed', file: import.meta.filename }),
    );
  });

  test('no room on the device is a typed error, and the next step runs', () => {
    const huge: Graph = {
      inputs: [{ name: 'x', type: 'float32', shape: [1] }],
      outputs: [{ name: 'y', type: 'float32', shape: [] }],
      initializers: [{ name: 'shape', type: 'int64', shape: [1], data: BigInt64Array.of(2n ** 29n) }],
      nodes: [
        { op: 'Expand', inputs: ['x', 'shape'], outputs: ['stretched'] },
        { op: 'ReduceSum', inputs: ['stretched'], outputs: ['y'], attributes: { keepdims: 0 } },
      ],
    };
    const session = runner.open(huge, {});
    expect(() => session.run({ x: floats([1], 1) }, { y: floats([], 0) })).toThrow(
      expect.objectContaining({ code: 'out-of-device-memory' }),
    );
    session.dispose();
    const [x, w, y] = [floats([2, 2], 1), floats([2, 2], 3), floats([2, 2], 0)];
    const next = runner.open(product(x, w, 2), { w });
    next.run({ x }, { y });
    expect([...y.data]).toEqual([6, 6, 6, 6]);
    next.dispose();
  });

  test('what has no kernel on the GPU runs on the CPU, and says so', () => {
    const graph: Graph = {
      inputs: [{ name: 'x', type: 'float32', shape: [3] }],
      outputs: [{ name: 'y', type: 'float32', shape: [3] }],
      nodes: [{ op: 'Round', inputs: ['x'], outputs: ['y'] }],
    };
    const session = runner.open(graph, {});
    const y = floats([3], 0);
    session.run({ x: { ...floats([3], 0), data: Float32Array.of(1.6, -1.6, 0.4) } }, { y });
    expect(session.fallback).toBe(true);
    expect([...y.data]).toEqual([2, -2, 0]);
    session.dispose();
  });
});

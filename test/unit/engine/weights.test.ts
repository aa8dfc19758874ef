/** Frozen weights: every way to hold them, in memory and mapped, read eagerly and by recorded graphs. */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { type HostTensor, readerOf, sizeOf } from '../../../server/base/tensor.ts';
import { openSafetensors } from '../../../server/checkpoint/safetensors/read.ts';
import {
  canMap,
  compileStep,
  decodeWeight,
  eagerStep,
  type FrozenWeight,
  frozenTensor,
  holdWeight,
  mapWeight,
  startEngine,
  valueAndGradients,
  type WeightDtype,
} from '../../../server/engine/index.ts';
import { embedding, linear } from '../../../server/engine/ops/index.ts';
import { formatOf, formats, heldBytes } from '../../../server/engine/weights/formats.ts';
import { DYNAMIC, NF4 } from '../../../server/engine/weights/nf4-codes.ts';
import { repeatedlyMapped } from '../../../server/engine/weights/watch.ts';
import { fixture } from '../models/tiny.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rankwise weights é-'));
beforeAll(() => startEngine({ threads: 2 }));
afterAll(() => rmSync(folder, { recursive: true }));

/** Normal values with a few outliers; 37·100 is no multiple of a block. */
function matrix(m = 37, n = 100): HostTensor {
  const random = Random.seeded(7);
  const data = Float32Array.from({ length: m * n }, (_, i) => random.normal() * (i % 501 === 0 ? 1 : 0.05));
  return { shape: [m, n], data };
}

const dtypes = Object.keys(formats) as WeightDtype[];
const hold = (dtype: WeightDtype, tensor = matrix()) => holdWeight(dtype, readerOf(tensor));
const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);

/** Loss and gradient of a step on a weight, read as matrix both ways and as a table. */
const step =
  (weight: tf.Tensor) =>
  ({ x, ids }: Record<string, tf.Tensor>): Record<string, tf.Tensor> => {
    const { value, gradients } = valueAndGradients(() => tf.sum<tf.Scalar>(tf.square(linear(x!, weight))), { x: x! });
    return { value, gradient: gradients.x!, rows: embedding(weight, ids!), all: tf.add(weight, tf.mul(0, tf.sum(x!))) };
  };

function inputs({ shape }: FrozenWeight) {
  const random = Random.seeded(3);
  const x = tf.tensor2d(
    Float32Array.from({ length: 5 * shape[1]! }, () => random.normal()),
    [5, shape[1]!],
  );
  return { x, ids: tf.tensor1d([3, 0, shape[0]! - 1, 3], 'int32') };
}

function run(weight: tf.Tensor, given: ReturnType<typeof inputs>, compiled = true): Record<string, Float32Array> {
  if (!compiled)
    return Object.fromEntries(Object.entries(step(weight)(given)).map(([k, t]) => [k, t.dataSync<'float32'>()]));
  const executable = compileStep(step(weight), given);
  const results = Object.entries(executable.run(given)).map(([k, t]) => [k, t.dataSync<'float32'>().slice()] as const);
  executable.dispose();
  return Object.fromEntries(results);
}

describe.each(dtypes)('%s', (dtype) => {
  const weight = hold(dtype);
  const decoded = decodeWeight(weight);

  it('is decoded in pieces as in one', () => {
    const pieces = new Float32Array(decoded.length);
    for (let at = 0, length = 1; at < pieces.length; at += length, length = (length * 7) % 300)
      formatOf(weight).decode(weight, at, pieces.subarray(at, at + length));
    expect(bits(pieces)).toEqual(bits(decoded));
  });

  it('is the same in a graph, forward, backward and by rows, and eagerly', () => {
    const given = inputs(weight);
    const plain = run(tf.tensor(decoded, [...weight.shape]), given);
    const graph = run(frozenTensor(weight), given);
    expect(bits(graph.all!)).toEqual(bits(decoded));
    for (const [name, values] of Object.entries(graph)) expect(bits(values), name).toEqual(bits(plain[name]!));
    const eager = run(frozenTensor(weight), given, false);
    for (const name of ['rows', 'all']) expect(bits(eager[name]!), name).toEqual(bits(plain[name]!));
    for (const name of ['value', 'gradient'])
      eager[name]!.forEach((x, i) => {
        expect(Math.abs(x - plain[name]![i]!), name).toBeLessThan(1e-3);
      });
  });
});

/** Largest error of a value x in a row or block whose largest magnitude is `largest`. */
const bounds: Record<WeightDtype, (x: number, largest: number) => number> = {
  float32: () => 0,
  bfloat16: (x) => Math.abs(x) * 2 ** -8,
  float16: (x) => Math.abs(x) * 2 ** -11 + 2 ** -25,
  int8: (_x, largest) => (largest / 254) * 1.0001,
  // Half the widest gap of the code book, and what the second quantization does to the magnitude.
  nf4: (_x, largest) => largest * 0.152 + 0.02,
};

it.each(dtypes)('%s: the error is bounded', (dtype) => {
  const tensor = matrix(30, 64);
  const decoded = decodeWeight(hold(dtype, tensor));
  for (let row = 0; row < 30; row++) {
    const values = tensor.data.subarray(row * 64, (row + 1) * 64);
    const largest = Math.max(...values.map(Math.abs));
    values.forEach((x, j) => {
      expect(Math.abs(x - decoded[row * 64 + j]!)).toBeLessThanOrEqual(bounds[dtype](x, largest));
    });
  }
});

it('takes the bytes that it says', () => {
  const size = 256 * 1024;
  const tensor = { shape: [256, 1024], data: new Float32Array(size) };
  const per = Object.fromEntries(dtypes.map((dtype) => [dtype, heldBytes(hold(dtype, tensor)) / size]));
  expect(per).toEqual({
    float32: 4,
    bfloat16: 2,
    float16: 2,
    int8: 1 + 4 / 1024,
    nf4: expect.closeTo(0.5 + 1 / 64, 3),
  });
});

it('rows and blocks of zeros stay zeros', () => {
  for (const dtype of dtypes) {
    const tensor = matrix(4, 64);
    tensor.data.fill(0, 64, 128);
    const decoded = decodeWeight(hold(dtype, tensor)).subarray(64, 128);
    expect(
      decoded.every((x) => x === 0),
      dtype,
    ).toBe(true);
  }
});

it('float16: a weight out of its range is an error, not infinity', () => {
  const one = (value: number) => hold('float16', { shape: [1, 1], data: Float32Array.of(value) });
  expect(decodeWeight(one(65_504))[0]).toBe(65_504);
  expect(() => one(70_000)).toThrow(expect.objectContaining({ code: 'weight-too-large', field: 'model.dtype' }));
});

it('nf4: codes, scales and values are those of bitsandbytes', () => {
  const golden = JSON.parse(readFileSync(fixture('nf4.json'), 'utf8'));
  let state = 1;
  const data = Float32Array.from({ length: 20_000 }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const x = Math.fround(Math.fround(state) / 2 ** 32) - 0.5;
    return Math.fround(Math.fround(x * x) * x) * (1 + Math.floor(i / 5000));
  });
  const weight = hold('nf4', { shape: [20, 1000], data });
  const base64 = (values: ArrayBufferView, length: number) =>
    Buffer.from(values.buffer, values.byteOffset, length).toString('base64');
  const { codes, levels, scales, offset } = weight.parts as Record<string, { data: Uint8Array }>;
  expect(base64(codes!.data, 10_000)).toBe(golden.codes);
  expect(base64(levels!.data, 313)).toBe(golden.levels);
  expect([...scales!.data]).toEqual(golden.scales);
  expect(offset!.data[0]).toBe(golden.offset);
  expect(base64(DYNAMIC, 1024)).toBe(golden.book);
  const decoded = decodeWeight(weight);
  expect(createHash('sha256').update(new Uint8Array(decoded.buffer)).digest('hex')).toBe(golden.decoded);
});

it('nf4: the book is a normal distribution cut into equal parts', () => {
  // QLoRA's construction: quantiles of 8 positive and 7 negative levels up to an offset, scaled to 1.
  const quantile = (p: number) => {
    let [low, high] = [-6, 6];
    for (let i = 0; i < 80; i++) {
      const x = (low + high) / 2;
      let cdf = 0.5;
      for (let k = 0, term = x; k < 200; k++, term *= (x * x) / (2 * k + 1))
        cdf += (term * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
      if (cdf < p) low = x;
      else high = x;
    }
    return low;
  };
  const offset = 0.9677083;
  const level = (count: number) =>
    Array.from({ length: count }, (_, i) => quantile(offset + ((0.5 - offset) * i) / count));
  const [positive, negative] = [level(8), level(7)];
  const expected = [...negative.map((x) => -x), 0, ...positive.toReversed()].map((x) => x / positive[0]!);
  expected.forEach((x, i) => {
    expect(NF4[i]).toBeCloseTo(x, 5);
  });
});

/** A file of one tensor whose data begin at any byte: the header may be padded with spaces. */
function stored(name: string, dtype: 'F32' | 'BF16' | 'F16', { parts, shape }: FrozenWeight, padding: number): string {
  const { data } = parts.values as { data: Float32Array };
  const header = JSON.stringify({ w: { dtype, shape, data_offsets: [0, data.byteLength] } }) + ' '.repeat(padding);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = path.join(folder, name);
  writeFileSync(file, Buffer.concat([length, Buffer.from(header), new Uint8Array(data.buffer)]));
  return file;
}

function mapped(file: string, dtype: WeightDtype, shape: readonly number[]): FrozenWeight {
  const source = openSafetensors(file);
  const range = source.range('w');
  source.close();
  expect(canMap(range)).toBe(true);
  return mapWeight(dtype, range, shape);
}

describe('a weight in its file', () => {
  const kinds = [
    ['float32', 'F32'],
    ['bfloat16', 'BF16'],
    ['float16', 'F16'],
  ] as const;

  it.each(kinds)('%s: gives the bits of one in memory, wherever it begins', (dtype, name) => {
    const held = hold(dtype);
    const given = inputs(held);
    const expected = run(frozenTensor(held), given);
    const starts = [0, 1, 2, 3].map((padding) => {
      const weight = mapped(stored(`${dtype} ${padding}.safetensors`, name, held, padding), dtype, held.shape);
      expect(heldBytes(weight)).toBe(0);
      expect(bits(decodeWeight(weight))).toEqual(bits(decodeWeight(held)));
      for (const compiled of [true, false]) {
        const found = run(frozenTensor(weight), given, compiled);
        for (const part of ['rows', 'all']) expect(bits(found[part]!), part).toEqual(bits(expected[part]!));
        if (compiled) expect(bits(found.gradient!)).toEqual(bits(expected.gradient!));
      }
      return (weight.parts.values!.data as { offset: number }).offset % 4;
    });
    expect(starts.sort()).toEqual([0, 1, 2, 3]);
  });

  it("is found behind the links of Hugging Face's cache", () => {
    const held = hold('bfloat16');
    const blob = stored('a1b2', 'BF16', held, 1);
    const snapshot = path.join(folder, 'snapshots', 'main');
    mkdirSync(snapshot, { recursive: true });
    symlinkSync(path.relative(snapshot, blob), path.join(snapshot, 'model.safetensors'));
    const weight = mapped(path.join(snapshot, 'model.safetensors'), 'bfloat16', held.shape);
    const given = inputs(held);
    expect(bits(run(frozenTensor(weight), given).all!)).toEqual(bits(decodeWeight(held)));
  });

  it('that was changed is an error, for graphs and for eager reading', () => {
    const held = hold('float32');
    const file = stored('changing', 'F32', held, 0);
    const weight = mapped(file, 'float32', held.shape);
    const given = inputs(held);
    const changed = expect.objectContaining({ code: 'weights-changed', kind: 'runtime' });
    const compiled = compileStep(step(frozenTensor(weight)), given);
    const values = () => bits(compiled.run(given).all!.dataSync<'float32'>());
    // Another file under the name is not the one that is mapped.
    renameSync(file, `${file} before`);
    writeFileSync(file, 'another');
    expect(values()).toEqual(bits(decodeWeight(held)));
    renameSync(`${file} before`, file);
    expect(values()).toEqual(bits(decodeWeight(held)));
    utimesSync(file, 1, 1);
    expect(values).toThrow(changed);
    truncateSync(file, 100);
    expect(values).toThrow(changed);
    compiled.dispose();
    expect(() => decodeWeight(weight)).toThrow(changed);
    expect(() => run(frozenTensor(weight), given)).toThrow(changed);
    rmSync(file);
    expect(() => run(frozenTensor(weight), given)).toThrow(changed);
  });

  it('is counted once, however many sessions have read it', () => {
    const held = hold('float32');
    const weight = frozenTensor(mapped(stored('shared', 'F32', held, 0), 'float32', held.shape));
    const given = inputs(held);
    const sessions = Array.from({ length: 3 }, () => compileStep(step(weight), given));
    expect(repeatedlyMapped()).toBe(0);
    for (const session of sessions) for (let i = 0; i < 2; i++) session.run(given);
    expect(repeatedlyMapped()).toBe(2 * 4 * 3700);
    sessions.pop()!.dispose();
    expect(repeatedlyMapped()).toBe(4 * 3700);
    for (const session of sessions) session.dispose();
    expect(repeatedlyMapped()).toBe(0);
  });

  it('must have the size of its shape', () => {
    const file = stored('short', 'F32', hold('float32'), 0);
    expect(() => mapped(file, 'float32', [37, 99])).toThrow(RangeError);
  });

  it('is mapped on Windows where the system can', () => {
    const range = { file: path.join(process.cwd(), 'x'), offset: 65_536 + 4095, length: 8, state: {} as never };
    expect(canMap(range, 'win32')).toBe(true);
    expect(canMap({ ...range, offset: 65_536 + 4096 }, 'win32')).toBe(false);
    expect(canMap({ ...range, offset: 2 ** 32 }, 'win32')).toBe(false);
    expect(canMap({ ...range, length: 0 })).toBe(false);
  });
});

it.skipIf(process.platform !== 'linux').each(['compiled', 'eager'])(
  '%s: the model is never whole in memory as float32',
  (way) => {
    const layers = 80;
    const size = 1024;
    const anonymous = () => Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
    const tensor = { shape: [size, size], data: new Float32Array(size * size).fill(1 / size) };
    const weights = Array.from({ length: layers }, () => frozenTensor(hold('bfloat16', tensor)));
    const x = tf.ones([4, size]) as tf.Tensor2D;
    const step = ({ x }: Record<string, tf.Tensor>) => {
      const loss = () => tf.sum<tf.Scalar>(weights.reduce((y, weight) => tf.relu(linear(y, weight)), x!));
      const { value, gradients } = valueAndGradients(loss, { x: x! });
      return { value, gradient: gradients.x! };
    };
    const compiled = way === 'compiled' ? compileStep(step, { x }) : eagerStep(step);
    const before = anonymous();
    expect(compiled.run({ x }).value!.dataSync()[0]).toBeCloseTo(4 * size, 0);
    const whole = layers * 4 * sizeOf(tensor.shape);
    expect((anonymous() - before) / whole).toBeLessThan(0.3);
    compiled.dispose();
  },
);

it('is a plain tensor on a backend that cannot hold it', async () => {
  const weight = hold('nf4');
  await tf.setBackend('cpu');
  try {
    expect(bits(frozenTensor(weight).dataSync<'float32'>())).toEqual(bits(decodeWeight(weight)));
  } finally {
    await tf.setBackend('onnxruntime');
  }
});

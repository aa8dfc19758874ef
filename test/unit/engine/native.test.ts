import { describe, expect, test } from 'vitest';
import { encodeModel } from '../../../server/engine/onnx/model.ts';
import { floats } from '../../../server/engine/onnxruntime/backend.ts';
import { loadBinding, type NativeSession } from '../../../server/engine/onnxruntime/binding.ts';
import { BufferPool } from '../../../server/engine/onnxruntime/buffers.ts';
import { floatValue, kernel } from '../../../server/engine/onnxruntime/route.ts';
import { KernelSessions } from '../../../server/engine/onnxruntime/sessions.ts';

describe('ONNX models', () => {
  test('are the bytes that onnx.proto asks for', () => {
    const bytes = encodeModel({
      inputs: [{ name: 'x', type: 'float32', shape: ['n', 2] }],
      outputs: [{ name: 'y', type: 'float32', shape: [] }],
      nodes: [
        { op: 'Op', inputs: ['x', ''], outputs: ['y'], attributes: { axis: -1, perm: [1, 0], eps: { float: 1 } } },
      ],
      initializers: [{ name: 'c', type: 'int64', shape: [1], data: BigInt64Array.of(-2n) }],
    });
    const hex = (...parts: string[]) => parts.join('').replaceAll(' ', '');
    const axis = '2a 14 0a 04 61786973 18 ffffffffffffffffff01 a001 02';
    expect(Buffer.from(bytes).toString('hex')).toContain(hex('0a 01 78', '0a 00', '12 01 79', '22 02 4f70', axis));
    expect(Buffer.from(bytes).toString('hex')).toContain(hex('0a 04 7065726d 40 01 40 00 a001 07'));
    expect(Buffer.from(bytes).toString('hex')).toContain(hex('0a 03 657073 15 0000803f a001 01'));
    expect(Buffer.from(bytes).toString('hex')).toContain(hex('08 01 10 07 42 01 63 4a 08 feffffffffffffff'));
    expect(Buffer.from(bytes).toString('hex')).toContain(
      hex('0a 01 78 12 0f 0a 0d 08 01 12 09 0a 03 12 01 6e 0a 02 08 02'),
    );
  });
});

describe('kernel sessions', () => {
  const negate = () =>
    kernel([{ op: 'Neg', inputs: ['x'], outputs: ['y'] }], [floatValue('x', 1)], [floatValue('y', 1)]);

  /** The real binding, with its open sessions in sight. */
  function counting() {
    const binding = loadBinding();
    const open = new Set<NativeSession>();
    return {
      open,
      binding: {
        ...binding,
        createSession() {
          const native = binding.createSession();
          const session: NativeSession = {
            loadModel: native.loadModel.bind(native),
            run: native.run.bind(native),
            dispose: () => {
              open.delete(session);
              native.dispose();
            },
          };
          open.add(session);
          return session;
        },
      },
    };
  }

  test('write to the given array, small or large', () => {
    const sessions = new KernelSessions(loadBinding(), 1);
    for (const size of [10, 100_000]) {
      const y = new Float32Array(size);
      sessions.run('neg', negate, { x: floats(new Float32Array(size).fill(2), [size]) }, { y: floats(y, [size]) });
      expect(y.every((value) => value === -2)).toBe(true);
    }
    sessions.dispose();
  });

  test('report what the library says when a kernel fails, large outputs included', () => {
    const sessions = new KernelSessions(loadBinding(), 1);
    const size = 100_000;
    const wrong = { y: floats(new Float32Array(size + 1), [size + 1]) };
    const run = () => sessions.run('neg', negate, { x: floats(new Float32Array(size), [size]) }, wrong);
    expect(run).toThrow(/shape|dimension/i);
    sessions.dispose();
  });

  test('are kept for reuse, up to a bound', () => {
    const { binding, open } = counting();
    const sessions = new KernelSessions(binding, 1);
    const y = floats(new Float32Array(1), [1]);
    for (let i = 0; i < 300; i++) sessions.run(`neg ${i}`, negate, { x: y }, { y });
    expect(open.size).toBe(256);
    const before = new Set(open);
    sessions.run('neg 299', negate, { x: y }, { y });
    expect(open).toEqual(before);
    sessions.dispose();
    expect(open.size).toBe(0);
  });
});

describe('the buffer pool', () => {
  test('hands a returned buffer out again, and knows its own', () => {
    const pool = new BufferPool();
    const buffer = pool.take(2048);
    expect(pool.owns(buffer)).toBe(true);
    expect(pool.owns(new Float32Array(2048))).toBe(false);
    pool.give(buffer);
    expect(pool.take(2048)).toBe(buffer);
  });

  test('names the size that there was no memory for', () => {
    expect(() => new BufferPool().take(2 ** 50)).toThrow(
      expect.objectContaining({
        code: 'out-of-memory',
        message: 'this machine has no memory left for a tensor of 4100 TiB',
      }),
    );
  });

  test('never keeps much more than was live at once', () => {
    const pool = new BufferPool();
    for (let length = 2000; length < 4000; length += 10) pool.give(pool.take(length));
    const { live, kept } = pool.bytes();
    expect(live).toBe(0);
    expect(kept).toBeLessThanOrEqual(3990 * 4 * 1.25 + 4);
  });
});

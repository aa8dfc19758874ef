import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { faultOf, findDevice } from '../../../server/engine/cuda/device.ts';
import { neededBy } from '../../../server/engine/cuda/elf.ts';
import { packageFolder } from '../../../server/engine/cuda/installation.ts';
import { CudaRunner } from '../../../server/engine/cuda/runner.ts';
import type { Frozen, HostValue } from '../../../server/engine/graph/types.ts';
import type { Graph } from '../../../server/engine/onnx/model.ts';
import { loadBinding } from '../../../server/engine/onnxruntime/binding.ts';
import { rangeOf } from './files.ts';

const linux = process.platform === 'linux' && process.arch === 'x64';

describe('what CUDA lacks', () => {
  const none = { missing: [], log: '' };
  test.each([
    [
      'a driver',
      { thrown: 'x', missing: ['libcuda.so.1: cannot open shared object file'], log: '' },
      'there is no libcuda.so.1',
      'nvidia-smi',
    ],
    [
      'libraries, all by name',
      {
        thrown: 'x',
        missing: ['libcudart.so.13: cannot open shared object file', 'libcublas.so.13: cannot open'],
        log: '',
      },
      'are missing: libcudart.so.13, libcublas.so.13.',
      'rankwise backend install cuda',
    ],
    // As onnxruntime 1.30 said it on a driver that sees no GPU.
    [
      'a GPU',
      {
        ...none,
        thrown: 'cuda_call.cc:154 … CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; hostname=a',
      },
      'no CUDA-capable device is detected (error 100)',
      'nvidia-smi',
    ],
    [
      'a newer driver',
      { ...none, thrown: 'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=0' },
      'driver version is insufficient',
      '580',
    ],
    // As said with a driver that lacks what CUDA 13 asks it for.
    [
      'a driver of its age',
      {
        ...none,
        thrown:
          'Failed to load library /a/libonnxruntime_providers_cuda.so with error: undefined symbol: cuTensorMapEncodeTiled',
      },
      'too old',
      '580',
    ],
    ['a process that lives', { ...none, died: 'crashed (SIGSEGV)' }, 'crashed (SIGSEGV)', 'driver'],
    ['right numbers', { ...none, product: [0, 0, 0, 0] }, 'came out as 0,0,0,0', 'driver'],
  ])('%s', (_, result, reason, fix) => {
    expect(faultOf(result)).toEqual({ reason: expect.stringContaining(reason), fix: expect.stringContaining(fix) });
  });

  test.runIf(linux)('a provider that is not installed, or whose libraries are not', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'backends '));
    expect(await findDevice(folder)).toMatchObject({ reason: expect.stringContaining('is not installed') });
    mkdirSync(path.join(folder, 'cuda', 'lib'), { recursive: true });
    writeFileSync(path.join(folder, 'cuda', 'lib', 'libonnxruntime_providers_cuda.so'), 'text');
    await expect(findDevice(folder)).resolves.toMatchObject({ reason: expect.stringContaining('no shared library') });
    rmSync(folder, { recursive: true });
  });

  test.runIf(linux)('the names come from the library itself', () => {
    expect(neededBy(path.join(packageFolder()!, 'onnxruntime_binding.node'))).toContain('libonnxruntime.so.1');
  });
});

describe('weights as constants of a session, on the CPU', () => {
  const value = (dims: number[], ...data: number[]): HostValue & { data: Float32Array } => ({
    type: 'float32',
    dims,
    data: Float32Array.from(data),
    location: 'cpu',
  });
  const product = (rows: number, w: Frozen): Graph => ({
    inputs: [
      { name: 'x', type: 'float32', shape: [rows, 2] },
      { name: 'w', type: w.type, shape: w.dims },
    ],
    outputs: [{ name: 'y', type: 'float32', shape: [rows, 2] }],
    nodes: [
      { op: 'Cast', inputs: ['w'], outputs: ['w32'], attributes: { to: 1 } },
      { op: 'MatMul', inputs: ['x', 'w32'], outputs: ['y'] },
    ],
  });

  test('from memory and from a file, in bfloat16', () => {
    const runner = new CudaRunner(loadBinding(), 'cpu');
    const patterns = Uint16Array.of(0x3f80, 0x4000, 0x4040, 0x4080); // 1, 2, 3, 4
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'w ')), 'w.bin');
    writeFileSync(file, Buffer.concat([Buffer.alloc(2), Buffer.from(patterns.buffer)]));
    const frozen: Frozen[] = [
      { type: 'bfloat16', dims: [2, 2], data: patterns, location: 'cpu' },
      { type: 'bfloat16', dims: [2, 2], range: rangeOf(file, 2, 8) },
    ];
    const sessions = frozen.map((w) => runner.open(product(1, w), { w }));
    expect(runner.memory()).toEqual({ tensors: 2, bytes: 16 });
    for (const session of sessions) {
      const y = value([1, 2], 0, 0);
      session.run({ x: value([1, 2], 1, 10) }, { y });
      expect([...y.data]).toEqual([31, 42]);
    }
    runner.dispose();
    expect(runner.memory()).toEqual({ tensors: 0, bytes: 0 });
    rmSync(path.dirname(file), { recursive: true });
  });
});

import { describe, expect, test } from 'vitest';
import { gpuFault } from '../../../server/engine/graph/faults.ts';
import type { Graph } from '../../../server/engine/onnx/model.ts';
import type { Binding } from '../../../server/engine/onnxruntime/binding.ts';
import { findAdapter, judge } from '../../../server/engine/webgpu/adapter.ts';
import { WebGpuRunner } from '../../../server/engine/webgpu/runner.ts';

/** As onnxruntime 1.30 said them, on a Vulkan driver made to fail. */
const LOST =
  '/onnxruntime_src/onnxruntime/core/providers/webgpu/buffer_manager.cc:641 void onnxruntime::webgpu::BufferManager::Download(WGPUBuffer, void*, size_t) const ' +
  'map_async_result.status == wgpu::MapAsyncStatus::Success was false. Failed to download data from buffer. wgpu::MapAsyncStatus value: 4, message: [Device] is lost.\n\n';
const NO_ROOM = [
  'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.\n - While encoding [CommandEncoder (unlabeled)].',
  'WebGPU validation failed. Buffer size (1200000000) exceeds the max buffer size limit (1073741824).\n - While calling [Device].CreateBuffer',
  'vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY',
  'CUDA failure 2: out of memory ; GPU=0 ; hostname=a ; file=b ; line=1 ; expr=cudaMalloc((void**)&p, size);',
];

describe('native faults', () => {
  test('a lost device', () => {
    const { code, message, hint } = gpuFault(new Error(LOST), 'webgpu', 'running a step');
    expect([code, message]).toEqual([
      'gpu-lost',
      'the GPU went away; webgpu: Failed to download data from buffer. wgpu::MapAsyncStatus value: 4, message: [Device] is lost. (while running a step)',
    ]);
    expect(hint).toMatch(/^Resume the run/);
  });

  test.each(NO_ROOM)('no room: %s', (message) => {
    expect(gpuFault(new Error(message), 'webgpu', 'running a step').code).toBe('out-of-device-memory');
  });

  test('anything else', () => {
    expect(gpuFault(new Error('Non-zero status code'), 'webgpu', 'running a step')).toMatchObject({
      code: 'gpu-failed',
      hint: expect.stringMatching(/rankwise doctor/),
    });
  });
});

test('nothing more is asked of a device that is gone', () => {
  let runs = 0;
  const binding: Binding = {
    providers: ['webgpu'],
    createSession: () => ({
      loadModel: () => {},
      run: () => {
        runs++;
        throw new Error(LOST);
      },
      dispose: () => {},
    }),
  };
  const runner = new WebGpuRunner(binding);
  const graph: Graph = { inputs: [], outputs: [], nodes: [] };
  const session = runner.open(graph, {});
  const lost = expect.objectContaining({ code: 'gpu-lost' });
  expect(() => session.run({}, {})).toThrow(lost);
  expect(() => session.run({}, {})).toThrow(lost);
  expect(() => runner.open(graph, {})).toThrow(lost);
  expect(runs).toBe(1);
  runner.dispose();
});

describe('the adapter', () => {
  const log = '';
  test.each([
    ['crashed (SIGSEGV)', { died: 'crashed (SIGSEGV)', log }, /its process crashed \(SIGSEGV\)/, /Update/],
    ['computes wrong', { product: [0, 0, 0, 0], log }, /came out as 0,0,0,0/, /Update/],
    [
      'no loader',
      { thrown: 'No supported adapters', log: "Warning: Couldn't load Vulkan: libvulkan.so.1: …" },
      /libvulkan\.so\.1/,
      /apt install libvulkan1/,
    ],
    [
      'no driver',
      { thrown: 'No supported adapters', log: 'vkCreateInstance: Found no drivers!' },
      /no GPU driver/,
      /driver/,
    ],
  ])('%s', (_, result, reason, fix) => {
    expect(judge({ ...result, missing: [] })).toEqual({
      reason: expect.stringMatching(reason),
      fix: expect.stringMatching(fix),
    });
  });

  test.each([
    ['Using "NVIDIA H100" with driver: "libGLX_nvidia.so.0"', 'NVIDIA H100', false],
    [
      'Using "llvmpipe (LLVM 15.0.6, 256 bits)" with driver: "libvulkan_lvp.so"',
      'llvmpipe (LLVM 15.0.6, 256 bits)',
      true,
    ],
    [
      'Discovered OrtHardwareDevice {vendor_id:0x1022, device_id:0x0, vendor:AMD, type:0, metadata: []}\n' +
        'Discovered OrtHardwareDevice {vendor_id:0x10de, device_id:0x1, vendor:NVIDIA, type:1, metadata: [Discrete=1]}',
      'NVIDIA GPU',
      false,
    ],
  ])('named in %s', (log, device, software) => {
    expect(judge({ product: [3, 3, 7, 7], missing: [], log })).toEqual({ device, software });
  });

  test.runIf(process.platform === 'linux')('a driver that is not there', async () => {
    const before = process.env.VK_ICD_FILENAMES;
    process.env.VK_ICD_FILENAMES = '/nowhere/icd.json';
    try {
      expect(await findAdapter()).toMatchObject({
        reason: expect.stringMatching(/Vulkan/),
        fix: expect.stringMatching(/Install/),
      });
    } finally {
      if (before === undefined) delete process.env.VK_ICD_FILENAMES;
      else process.env.VK_ICD_FILENAMES = before;
    }
  });
});

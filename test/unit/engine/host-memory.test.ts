import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { gpuFault } from '../../../server/engine/graph/faults.ts';
import { compileStep, hostMemoryFault, startEngine } from '../../../server/engine/index.ts';

beforeAll(() => startEngine({ threads: 1 }));

test('a compiled step that asks for more than there is ends in a typed error, and the next one runs', ({ skip }) => {
  if (always()) skip('this system promises memory that it does not have');
  const step = compileStep(({ x }) => ({ y: tf.sum(tf.matMul(x!, x!, false, true)) }), { x: tf.zeros([2 ** 20, 1]) });
  const run = () => step.run({ x: tf.ones([2 ** 20, 1]) });
  expect(run).toThrowError(
    expect.objectContaining({ code: 'out-of-memory', kind: 'runtime', hint: expect.any(String) }),
  );
  step.dispose();
  const small = compileStep(({ x }) => ({ y: tf.sum(tf.matMul(x!, x!, false, true)) }), { x: tf.zeros([2, 1]) });
  expect(small.run({ x: tf.ones([2, 1]) }).y!.dataSync()[0]).toBe(4);
  small.dispose();
});

/** Linux with vm.overcommit_memory = 1 ends the process when it writes, not when it asks. */
function always(): boolean {
  try {
    return readFileSync('/proc/sys/vm/overcommit_memory', 'utf8').trim() === '1';
  } catch {
    return process.platform !== 'win32'; // macOS promises, too
  }
}

test('the same of a GPU’s step is a fault of this machine, not of the GPU', () => {
  const error = new Error(
    "Non-zero status code returned while running Cast node. Name:'' Status Message: std::bad_alloc",
  );
  expect(gpuFault(error, 'webgpu', 'running a step').code).toBe('out-of-memory');
  // CUDA's arena says this of the device.
  const device = new Error('Failed to allocate memory for requested buffer of size 8589934592');
  expect(gpuFault(device, 'cuda', 'running a step').code).toBe('out-of-device-memory');
});

test('other faults stay what they are', () => {
  expect(hostMemoryFault(new Error('Got invalid dimensions'), 'x')).toBeUndefined();
});

import { expect, test } from 'vitest';
import { choose } from '../../../../server/jobs/choice/choose.ts';
import type { BackendName, StepTiming } from '../../../../server/protocol/backends.ts';

type Seconds = Partial<Record<BackendName, number | string>>;
const timings = (seconds: Seconds): StepTiming[] =>
  Object.entries(seconds).map(([backend, value]) => ({
    backend: backend as BackendName,
    device: `device of ${backend}`,
    ...(typeof value === 'number' ? { seconds: value } : { error: value }),
  }));

test.each<[string, Seconds, BackendName, RegExp]>([
  ['alone', { onnxruntime: 1 }, 'onnxruntime', /Nothing else can start/],
  ['a fast GPU', { onnxruntime: 3.1, webgpu: 1 }, 'webgpu', /^3\.1× as fast as onnxruntime/],
  ['exactly a fifth more', { onnxruntime: 1.2, cuda: 1 }, 'cuda', /^1\.2×/],
  ['less than a fifth', { onnxruntime: 1.19, webgpu: 1 }, 'onnxruntime', /webgpu is only 1\.2× as fast/],
  ['slower', { onnxruntime: 1, tensorflow: 2 }, 'onnxruntime', /tensorflow takes 2\.0× as long/],
  ['the fastest of several', { onnxruntime: 5, webgpu: 2, cuda: 1, tensorflow: 6 }, 'cuda', /^5\.0×/],
  ['a GPU without room', { onnxruntime: 5, webgpu: 'out-of-device-memory: full' }, 'onnxruntime', /No other/],
  ['one GPU fails, another does not', { onnxruntime: 5, webgpu: 'gpu-lost: gone', cuda: 2 }, 'cuda', /^2\.5×/],
  ['the processor fails', { onnxruntime: 'out-of-memory: full', webgpu: 9, cuda: 3 }, 'cuda', /onnxruntime cannot/],
  ['all fail', { onnxruntime: 'x: y', webgpu: 'x: y' }, 'onnxruntime', /No backend/],
])('%s', (_, seconds, backend, reason) => {
  const given = timings(seconds);
  const chosen = choose(given);
  expect(chosen).toMatchObject({ backend, reason: expect.stringMatching(reason), timings: given });
  if (Object.values(seconds).some((value) => typeof value === 'number'))
    expect(chosen.device).toBe(`device of ${backend}`);
});

/** Faults of memory and of a GPU in mid-run, by a runner that computes on the processor until it fails. */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CudaRunner } from '../../../server/engine/cuda/runner.ts';
import { gpuFault } from '../../../server/engine/graph/faults.ts';
import type { Frozen, GraphSession, HostValue } from '../../../server/engine/graph/types.ts';
import { startEngine } from '../../../server/engine/index.ts';
import type { Graph } from '../../../server/engine/onnx/model.ts';
import type { OnnxRuntimeBackend } from '../../../server/engine/onnxruntime/backend.ts';
import { memoryFault } from '../../../server/jobs/memory-faults.ts';
import { run as trainJob } from '../../../server/jobs/train.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { jobContext, makeRun, temporary } from '../training/runs.ts';

/** A GPU that is fine for so many runs of a graph. */
class Failing extends CudaRunner {
  private left: number;
  private readonly message: string;

  constructor(left: number, message: string) {
    super((tf.backend() as OnnxRuntimeBackend).binding, 'cpu');
    this.left = left;
    this.message = message;
  }

  override open(graph: Graph, frozen: Record<string, Frozen>): GraphSession {
    const session = super.open(graph, frozen);
    const run = (feeds: Record<string, HostValue>, fetches: Record<string, HostValue>) => {
      if (this.left-- <= 0) throw gpuFault(new Error(this.message), 'cuda', 'running a step');
      session.run(feeds, fetches);
    };
    return { run, fallback: false, dispose: () => session.dispose() };
  }
}

const folder = temporary();
beforeAll(() => startEngine({ threads: 1 }));
afterEach(() => {
  backend().runner = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));
const backend = () => tf.backend() as OnnxRuntimeBackend;

async function train(run: string, resume = false) {
  const events: RunEvent[] = [];
  const outcome = await trainJob({ run, resume }, jobContext({ emit: (event) => events.push(event) })).then(
    () => undefined,
    (error) => error,
  );
  return { events, outcome };
}

test.each<[string, string, string, RegExp, RegExp]>([
  [
    'full',
    'out-of-device-memory',
    'CUDA failure 2: out of memory ; GPU=0',
    /^The GPU has no memory left; .* needs about \d.*: activations \d/,
    /^Lower training\.batch_size \(now 2;.*new run; or .*rankwise resume \S+ --backend onnxruntime/,
  ],
  ['gone', 'gpu-lost', 'VK_ERROR_DEVICE_LOST', /^The GPU went away/, /^`rankwise resume \S+` .*--backend onnxruntime/],
])('a GPU that is %s ends the run as %s, and the run goes on later', async (name, code, said, message, hint) => {
  const run = makeRun(folder, name, { data: { validation: undefined }, training: { max_steps: 6 } });
  // Two micro-batches a step, each length compiled and checked on the way: past the first checkpoint, before the end.
  backend().runner = new Failing(11, said);
  const { events, outcome } = await train(run);
  expect(outcome).toMatchObject({ code, kind: 'runtime', message: expect.stringMatching(message) });
  expect(outcome.hint).toMatch(hint);
  expect(outcome.hint).toContain(`rankwise resume ${name}`);
  expect(events.at(-1)).toMatchObject({ event: 'failed', code, hint: outcome.hint });
  expect(existsSync(path.join(run, 'checkpoints/step-2'))).toBe(true);

  backend().runner = undefined;
  const again = await train(run, true);
  expect(again.outcome).toBeUndefined();
  expect(again.events.find(({ event }) => event === 'resumed')).toBeDefined();
  expect(again.events.at(-1)).toMatchObject({ event: 'finished', step: 6 });
});

test('no memory for tensors, or in the native library, is out-of-memory; what takes most is to be lowered', async () => {
  const run = makeRun(folder, 'large', {
    adapters: [{ method: 'full' }],
    training: { gradient_checkpointing: true, batch_size: 1 },
    data: { max_length: 8 },
  });
  for (const said of [
    'Array buffer allocation failed',
    "Non-zero status code returned while running Gelu node. Name:'' Status Message: std::bad_alloc",
  ]) {
    const fault = await memoryFault(new Error(said), run);
    expect(fault).toMatchObject({ code: 'out-of-memory', message: expect.stringContaining('gradients and optimizer') });
    expect(fault!.hint).toMatch(/^Train fewer parameters.*close other programs/);
    expect(fault!.hint).not.toContain('gradient_checkpointing: true');
  }
  expect(await memoryFault(new Error('something else'), run)).toBeUndefined();
});

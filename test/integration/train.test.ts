/** Training in real worker processes (dist/worker.js on this Node), killed with SIGKILL at random points and resumed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../server/base/random.ts';
import type { RunEvent } from '../../server/protocol/events.ts';
import { readMetrics } from '../../server/training/metrics.ts';
import { startJob } from '../../server/wire/worker.ts';
import { adapterBytes, makeRun, temporary } from '../unit/training/runs.ts';

const script = path.join(import.meta.dirname, '../../dist/worker.js');
const folder = temporary();
const changes = { training: { num_epochs: 6, save_steps: 3, save_total_limit: 3, threads: 2 } };
const straight = makeRun(folder, 'straight', changes);

const work = (run: string, resume: boolean, onEvent: (event: RunEvent) => void = () => {}) =>
  startJob({ script, job: 'train', params: { run, resume }, onEvent });

beforeAll(async () => {
  if (!existsSync(script)) throw new Error('dist/worker.js is not built: run `npm run build` first');
  await work(straight, false).result;
});
afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
  rmSync(folder, { recursive: true });
});

const losses = async (run: string) =>
  (await readMetrics(run)).flatMap((event) =>
    event.event === 'step' ? [[event.step, event.loss, event.grad_norm]] : [],
  );

test.each([1, 2, 3])('killed at random points (seed %i) and resumed, a run ends with the same bytes', async (seed) => {
  const run = makeRun(folder, `killed-${seed}`, changes);
  const random = Random.seeded(seed, 'kills');
  let kills = 0;
  for (let attempt = 0; !existsSync(path.join(run, 'adapter')); attempt++) {
    // Three kills, some of them before the first step, between steps, and within a save; then it may run to its end.
    const lastEvents = attempt < 3 ? random.below(30) : Number.POSITIVE_INFINITY;
    let seen = 0;
    const job = work(run, attempt > 0, () => {
      if (++seen === lastEvents) void delay(random.below(40)).then(() => job.kill('SIGKILL'));
    });
    if (lastEvents === 0) job.kill('SIGKILL');
    await job.result.catch((error) => {
      expect(error).toMatchObject({ code: 'worker-killed' });
      kills++;
    });
  }
  expect(kills).toBeGreaterThan(0);
  expect(adapterBytes(run).equals(adapterBytes(straight))).toBe(true);
  expect(await losses(run)).toEqual(await losses(straight));
});

const compiled = async (run: string) =>
  (await readMetrics(run)).flatMap((event) => (event.event === 'compiled' ? [event] : []));

test('steps are compiled, and checked on a slice when they first come', async () => {
  for (const part of ['training', 'evaluation'] as const) {
    const [first, ...others] = (await compiled(straight)).filter((event) => event.part === part);
    expect(first!.check).toBe('slice');
    expect(first).not.toHaveProperty('recomputed');
    expect(first!.difference).toBeLessThan(1e-4);
    for (const { check } of others) expect(check).toBe('known');
  }
});

test('gradient checkpointing changes no bit, and says what it costs', async () => {
  const run = makeRun(folder, 'checkpointed', { training: { ...changes.training, gradient_checkpointing: true } });
  await work(run, false).result;
  expect(adapterBytes(run).equals(adapterBytes(straight))).toBe(true);
  const recomputed = (await compiled(run)).find(({ part }) => part === 'training')?.recomputed;
  // One more forward pass of the layers beside a forward and a backward one.
  expect(recomputed).toBeGreaterThan(0.2);
  expect(recomputed).toBeLessThan(0.6);
});

test('cancel stops at a step boundary with a checkpoint; the rest follows on resume', async () => {
  const run = makeRun(folder, 'cancelled', changes);
  const job = work(run, false, ({ event }) => {
    if (event === 'step') job.cancel();
  });
  await job.result;
  const events = await readMetrics(run);
  const last = events.at(-1)!;
  expect(last.event).toBe('cancelled');
  expect(events.at(-2)).toMatchObject({ event: 'checkpoint', step: last.event === 'cancelled' && last.step });
  await work(run, true).result;
  expect(adapterBytes(run).equals(adapterBytes(straight))).toBe(true);
});

/** A file system of its own, which only root may make. */
const disk = path.join(folder, 'disk');
const mounted = mount('size=100k');
function mount(options: string): boolean {
  mkdirSync(disk, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]).status === 0;
}

test.skipIf(!mounted)(
  'a full disk pauses the run with its checkpoints intact and no torn line; with room again it ends the same',
  async () => {
    const run = makeRun(disk, 'run', { ...changes, data: { train: path.join(folder, 'pattern.jsonl') } });
    const found: { checkpoints: string[]; metrics: string }[] = [];
    const told: string[] = [];
    await work(run, false, ({ event }) => {
      told.push(event);
      if (event !== 'paused') return;
      const checkpoints = readdirSync(path.join(run, 'checkpoints'));
      found.push({ checkpoints, metrics: readFileSync(path.join(run, 'metrics.jsonl'), 'utf8') });
      mount('remount,size=10m');
    }).result;
    expect(found).toHaveLength(1);
    expect(found[0]!.checkpoints).toContain('step-3');
    expect(found[0]!.checkpoints.filter((name) => !/^step-\d+$/.test(name))).toEqual([]);
    expect(found[0]!.metrics).toMatch(/\n$/);
    expect(told).toContain('continued');
    expect((await readMetrics(run)).map(({ event }) => event)).toContain('paused');
    expect(adapterBytes(run).equals(adapterBytes(straight))).toBe(true);
  },
);

test('a faulty data file fails with file and line, in the event, the error and the log', async () => {
  const run = makeRun(folder, 'faulty', { data: { train: path.join(straight, 'recipe.peft') } });
  await expect(work(run, false).result).rejects.toMatchObject({ code: 'unknown-format', kind: 'input' });
  expect((await readMetrics(run)).map(({ event }) => event)).toEqual(['failed']);
  expect(readFileSync(path.join(run, 'log.txt'), 'utf8')).toMatch(/failed \(unknown-format\)/);
});

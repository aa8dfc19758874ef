/** Whatever is killed, no run is lost, and what goes on gives the same bytes. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { bytesOf, events, eventually, lives, Rig, record } from '../rig.ts';

const rig = new Rig();
/** Enough to last longer than the few commands that a test gives meanwhile: a compiled step of this model takes milliseconds. */
const steps = 400;
let recipe: string;
let expected: Record<string, string>;
let expectedLosses: number[];
beforeAll(async () => {
  recipe = rig.recipe('demo', { training: { max_steps: steps, save_steps: 7 } });
  const { run } = await rig.json<{ run: string }>('run', recipe, '--detach');
  await rig.state(run, 'finished');
  expected = bytesOf(path.join(run, 'adapter'));
  expectedLosses = lossesOf(run);
});
afterAll(() => rig.close());

/** Loss by step, the last attempt's where a step was done twice. */
function lossesOf(run: string): number[] {
  const losses: number[] = [];
  for (const event of events(run)) if (event.event === 'step') losses[event.step] = event.loss;
  return losses;
}

/** Starts the recipe detached and waits until it has done so many steps. */
async function startUntil(step: number): Promise<string> {
  const { run } = await rig.json<{ run: string }>('run', recipe, '--detach');
  await eventually(() => events(run).some((e) => e.event === 'step' && e.step >= step));
  return run;
}

async function resumeAndCompare(run: string): Promise<void> {
  const { code, stderr } = await rig.cli('resume', run);
  expect(code, stderr).toBe(0);
  expect(record(run)).toMatchObject({ state: 'finished', step: steps, resumes: 1 });
  expect(lossesOf(run)).toEqual(expectedLosses);
  expect(bytesOf(path.join(run, 'adapter'))).toEqual(expected);
}

// Points drawn anew each time, and printed, so that a failure can be repeated. In the first half: what is left takes longer than the killing.
const points = Array.from({ length: 3 }, () => 1 + Random.seeded(Date.now() + Math.random() * 1e6).below(steps / 2));

test.each(points)('the daemon is killed after step %i: found, interrupted, resumed to the same bytes', async (step) => {
  const run = await startUntil(step);
  await rig.killDaemon();
  const { worker } = record(run);
  const found = (await rig.runs()).find((r) => r.run === run);
  expect(found).toMatchObject({ state: 'interrupted', totalSteps: steps });
  expect(found!.step).toBeGreaterThanOrEqual(step);
  expect(record(run)).toMatchObject({ state: 'interrupted', error: { code: 'interrupted' } });
  expect(lives(worker!.pid)).toBe(false);
  await resumeAndCompare(run);
});

test('the worker is killed: its run is interrupted, the daemon goes on with the next', async () => {
  const run = await startUntil(10);
  const next = await rig.json<{ run: string }>('run', recipe, '--detach');
  const daemon = await rig.json('daemon', 'status');
  process.kill(record(run).worker!.pid, 'SIGKILL');
  expect(await rig.state(run, 'interrupted')).toMatchObject({ error: { code: 'worker-killed' } });
  await rig.state(next.run, 'finished');
  expect((await rig.json('daemon', 'status')).pid).toBe(daemon.pid);
  await resumeAndCompare(run);
});

test('the client is killed: the run does not notice', async () => {
  const client = rig.start('run', recipe);
  await client.until((e) => e.event === 'step');
  const run = (client.events[0] as { run: string }).run;
  client.child.kill('SIGKILL');
  await rig.state(run, 'finished');
  expect(bytesOf(path.join(run, 'adapter'))).toEqual(expected);
});

test('the daemon is told to end: a checkpoint is written, the run can be resumed', async () => {
  const run = await startUntil(10);
  const queued = await rig.json<{ run: string }>('run', recipe, '--detach');
  expect(await rig.cli('daemon', 'stop')).toMatchObject({ code: 1, stderr: expect.stringContaining('daemon-busy') });
  expect(await rig.json('daemon', 'stop', '--force')).toMatchObject({ running: false });
  const { state, step } = record(run);
  expect(state).toBe('interrupted');
  expect(readdirSync(path.join(run, 'checkpoints'))).toContain(`step-${step}`);
  expect(record(queued.run).state).toBe('queued');
  // What was queued is queued still: the next daemon takes it up by itself.
  await rig.json('daemon', 'start');
  await rig.state(queued.run, 'finished');
  await resumeAndCompare(run);
});

test('a daemon killed while runs wait takes them up again', async () => {
  const run = await startUntil(1);
  const queued = await rig.json<{ run: string }>('run', recipe, '--detach');
  await rig.killDaemon();
  await rig.json('daemon', 'start');
  await rig.state(queued.run, 'finished');
  expect(record(run).state).toBe('interrupted');
});

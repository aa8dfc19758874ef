/** The queue and the runs in it, as several clients see them. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SubmitParams } from '../../../server/protocol/daemon.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import type { DaemonConnection } from '../../../server/wire/connection.ts';
import { bytesOf, events, eventually, Rig, record } from '../rig.ts';

const rig = new Rig({ RANKWISE_QUEUE_LIMIT: '3' });
let daemon: DaemonConnection;
let submit: SubmitParams;
beforeAll(async () => {
  daemon = await rig.connect();
  const { run } = await rig.json<{ run: string }>('run', rig.recipe('demo'), '--detach');
  const { recipe } = await rig.state(run, 'finished');
  const { readFileSync } = await import('node:fs');
  submit = {
    recipeText: readFileSync(path.join(run, 'recipe.peft'), 'utf8'),
    recipePath: recipe,
    name: 'demo',
    output: path.join(rig.root, 'runs'),
    method: 'lora',
    model: 'llama',
  };
});
beforeEach(async () => {
  for (const { run, state } of (await daemon.request('runs', {})).runs)
    if (state === 'queued' || state === 'running') {
      await daemon.request('cancel', { run });
      await rig.state(run, 'cancelled', 'finished');
    }
});
afterAll(() => rig.close());

const long = (): SubmitParams => ({
  ...submit,
  recipeText: submit.recipeText.replace(/max_steps: \d+/, 'max_steps: 100000'),
});

test('two clients see the same run: its states, and every event once and in order', async () => {
  const second = await rig.connect();
  const views = [daemon, second].map((client) => {
    const view = { changes: [] as RunRecord[], events: [] as RunEvent[] };
    client.on('runChanged', (changed) => view.changes.push(changed));
    client.on('runEvents', (part) => view.events.push(...part.events));
    return view;
  });
  const { run } = await daemon.request('submit', submit);
  for (const [i, client] of [daemon, second].entries())
    views[i]!.events.unshift(...(await client.request('watch', { run, from: 0 })).events);
  await rig.state(run, 'finished');
  // Word of the run before it may still be under way.
  const statesOf = ({ changes }: (typeof views)[number]) =>
    changes
      .filter((changed) => changed.run === run)
      .map(({ state }) => state)
      .filter((state, i, all) => state !== all[i - 1]);
  await eventually(() => views.every((view) => statesOf(view).at(-1) === 'finished'));
  for (const view of views) {
    expect(statesOf(view)).toEqual(['queued', 'running', 'finished']);
    expect(view.events).toEqual(events(run));
  }
});

test('watching from a line gives what follows it', async () => {
  const { run } = await daemon.request('submit', submit);
  await rig.state(run, 'finished');
  const all = events(run);
  const { events: some, next, record: seen } = await daemon.request('watch', { run, from: 5 });
  expect([some, next, seen.state]).toEqual([all.slice(5), all.length, 'finished']);
});

test('submits at once get a directory each', async () => {
  const records = await Promise.all([1, 2, 3].map(() => daemon.request('submit', submit)));
  expect(new Set(records.map(({ run }) => run)).size).toBe(3);
});

test('one runs at a time; what waits can be cancelled and never starts', async () => {
  const first = await daemon.request('submit', long());
  const second = await daemon.request('submit', submit);
  await rig.state(first.run, 'running');
  expect(record(second.run).state).toBe('queued');
  expect(await daemon.request('cancel', { run: second.run })).toMatchObject({ state: 'cancelled' });
  expect(events(second.run)).toMatchObject([{ event: 'cancelled', run: second.run }]);
  await expect(daemon.request('cancel', { run: second.run })).rejects.toMatchObject({ code: 'run-not-active' });
});

test('a running one that is cancelled has a checkpoint, and resumes to the bytes of an uninterrupted one', async () => {
  const whole = await daemon.request('submit', submit);
  await rig.state(whole.run, 'finished');
  const { run } = await daemon.request('submit', submit);
  await eventually(() => events(run).some((e) => e.event === 'step'));
  await daemon.request('cancel', { run });
  const { state, step } = await rig.state(run, 'cancelled', 'finished');
  if (state === 'finished') return; // it was quicker
  expect(readdirSync(path.join(run, 'checkpoints'))).toContain(`step-${step}`);
  await daemon.request('resume', { run });
  await rig.state(run, 'finished');
  expect(bytesOf(path.join(run, 'adapter'))).toEqual(bytesOf(path.join(whole.run, 'adapter')));
});

test('a finished run is not resumed, a running one not twice', async () => {
  const { run } = await daemon.request('submit', submit);
  await rig.state(run, 'finished');
  await expect(daemon.request('resume', { run })).rejects.toMatchObject({ code: 'run-finished' });
  const active = await daemon.request('submit', long());
  await expect(daemon.request('resume', { run: active.run })).rejects.toMatchObject({ code: 'run-active' });
});

test('a full queue refuses, and leaves no directory', async () => {
  await Promise.all([1, 2, 3, 4].map(() => daemon.request('submit', long())));
  const before = readdirSync(submit.output);
  await expect(daemon.request('submit', submit)).rejects.toMatchObject({ code: 'queue-full', kind: 'runtime' });
  expect(readdirSync(submit.output)).toEqual(before);
});

test('an output that cannot be written is refused', async () => {
  const file = rig.file('plain-file', '');
  const submitted = daemon.request('submit', { ...submit, output: path.join(file, 'runs') });
  await expect(submitted).rejects.toMatchObject({ code: 'output-unwritable', field: 'output', kind: 'input' });
});

test('a recipe that the job cannot use fails its run alone, with file and field', async () => {
  const broken = { ...submit, recipeText: submit.recipeText.replace('train.jsonl', 'gone.jsonl') };
  const { run } = await daemon.request('submit', broken);
  const { error } = await rig.state(run, 'failed');
  expect(error).toMatchObject({ code: 'data-missing', file: expect.stringContaining('gone.jsonl') });
  expect(events(run).at(-1)).toMatchObject({ event: 'failed', code: 'data-missing', run });
  expect((await daemon.request('status', {})).running).toBe(true);
});

test('a moved run is missing at its old place and known again by its new one', async () => {
  const { run, id } = await daemon.request('submit', submit);
  await rig.state(run, 'finished');
  const target = path.join(rig.root, 'elsewhere', id);
  mkdirSync(path.dirname(target));
  renameSync(run, target);
  await expect(daemon.request('watch', { run, from: 0 })).rejects.toMatchObject({ code: 'run-missing' });
  const adopted = await daemon.request('adopt', { run: target });
  expect(adopted).toMatchObject({
    id,
    state: 'finished',
    run: target,
    adapters: [{ path: path.join(target, 'adapter') }],
  });
});

test('deleted and hostile run directories never keep the daemon from starting', async () => {
  const made: RunRecord[] = [];
  for (let i = 0; i < 3; i++) made.push(await daemon.request('submit', submit));
  for (const { run } of made) await rig.state(run, 'finished');
  const [gone, garbage, lying] = made.map(({ run }) => run) as [string, string, string];
  await rig.killDaemon();
  rmSync(gone, { recursive: true });
  for (const name of ['run.json', 'metrics.jsonl', 'recipe.peft']) writeFileSync(path.join(garbage, name), '\0{[&a *a');
  writeFileSync(
    path.join(lying, 'run.json'),
    JSON.stringify({ ...record(lying), state: 'running', worker: { pid: 1 } }),
  );
  const states = Object.fromEntries((await rig.runs()).map(({ run, state }) => [run, state]));
  expect([states[gone], states[garbage], states[lying]]).toEqual(['missing', 'missing', 'finished']);
  daemon = await rig.connect();
});

test('the daemon answers at once while a job runs', async () => {
  const { run } = await daemon.request('submit', long());
  await eventually(() => events(run).length > 5);
  const times: number[] = [];
  for (let i = 0; i < 100; i++) {
    const began = performance.now();
    await daemon.request('status', {});
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  times.sort((a, b) => a - b);
  expect(times[50]).toBeLessThan(20);
  expect(existsSync(path.join(run, 'metrics.jsonl'))).toBe(true);
});

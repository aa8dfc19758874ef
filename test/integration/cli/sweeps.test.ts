/** Sweeps from the command line: one that fails in a point, going on with it, and what is not computed twice. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent, SweepFinishedEvent } from '../../../server/protocol/events.ts';
import { events, eventually, Rig, record } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const sweepOf = (stdout: string) => {
  const printed = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as (RunEvent & { run: string }) | SweepFinishedEvent);
  return { printed, last: printed.at(-1) as SweepFinishedEvent };
};
const recipe = (name: string, more: object = {}) =>
  rig.recipe(name, {
    adapters: [{ method: 'lora-xs', target_modules: ['q_proj', 'v_proj'] }],
    data: { train: 'train.jsonl', validation: 0.2 },
    training: { max_steps: 3 },
    sweep: { 'adapters.0.rank': [4], 'training.seed': [1, 2], 'data.train': ['train.jsonl', 'later.jsonl'] },
    ...more,
  });

let first: ReturnType<typeof sweepOf>;
beforeAll(async () => {
  const file = recipe('grid');
  // Right where validation looks, wrong after it.
  const good = JSON.stringify({ input_ids: [1, 2], labels: [1, 2], attention_mask: [1, 1] });
  rig.file('later.jsonl', `${`${good}\n`.repeat(300)}{"input_ids": [99999], "labels": [1], "attention_mask": [1]}\n`);
  const { code, stdout, stderr } = await rig.cli('run', file, '--json');
  expect(code, stderr).toBe(1);
  first = sweepOf(stdout);
});

test('each event has its run, a failed point stops no other, and the last line has all points', () => {
  const { printed, last } = first;
  expect(last).toMatchObject({ event: 'sweep_finished', metric: 'loss' });
  expect(last.points.map(({ state, values }) => [values['training.seed'], values['data.train'], state])).toEqual([
    [1, 'train.jsonl', 'finished'],
    [1, 'later.jsonl', 'failed'],
    [2, 'train.jsonl', 'finished'],
    [2, 'later.jsonl', 'failed'],
  ]);
  for (const { run } of last.points) {
    const own = printed.filter((event) => 'run' in event && event.run === run);
    expect(own).toEqual(events(run).map((event) => ({ ...event, run })));
  }
  expect(last.points[0]).toMatchObject({ metric: expect.any(Number), trainableParameters: 64 });
  expect(path.basename(last.points[2]!.run)).toBe(`${last.sweep}-p03`);
});

test('validate judges every point', async () => {
  expect((await rig.cli('validate', 'grid.peft')).stdout).toBe('grid.peft: valid, with the 4 points of its sweep\n');
  const text = readFileSync(path.join(rig.root, 'grid.peft'), 'utf8');
  const wrong = rig.file('wrong.peft', text.replace(/(adapters\.0\.rank:\n +- 4\n)/, '$1    - 4096\n'));
  const { code, stderr } = await rig.cli('validate', wrong);
  expect([code, stderr.match(/error\[/g)]).toEqual([2, ['error[']]);
  expect(stderr).toContain('rank 4096: Rank 4096 is above');
});

test('the weights are decomposed once for all points', () => {
  const decomposed = first.last.points.map(({ run }) => events(run).find(({ event }) => event === 'decomposed'));
  expect(decomposed).toMatchObject([0, 4, 4, 4].map((cached) => ({ matrices: 4, cached })));
});

test('the sweep is listed as one, and its failed points run again when their fault is gone', async () => {
  const { stdout } = await rig.cli('runs', '--sweep', 'grid');
  expect(stdout).toMatch(/point +rank +seed +train +state +loss/);
  const listed = await rig.json<{ runs: { sweep: object; metric?: object }[] }>('runs', '--sweep', first.last.sweep);
  expect(listed.runs[0]).toMatchObject({ sweep: { point: 1, points: 4 }, metric: { name: 'loss' } });
  rig.file('later.jsonl', readFileSync(path.join(rig.root, 'train.jsonl')));
  const again = await rig.cli('resume', 'grid', '--failed', '--json');
  const { last } = sweepOf(again.stdout);
  expect(last.points.map(({ state }) => state)).toEqual(Array(4).fill('finished'));
  expect([again.code, again.stderr]).toEqual([0, '']);
});

test('a point that a run of the same folder has computed is taken from it, unless --again', async () => {
  const { code, stdout, stderr } = await rig.cli('run', 'grid.peft', '--json');
  expect(code, stderr).toBe(0);
  const { last } = sweepOf(stdout);
  const [one] = first.last.points;
  expect(last.sweep).not.toBe(first.last.sweep);
  expect(last.points[0]).toMatchObject({ from: one!.run, metric: one!.metric });
  expect(record(last.points[0]!.run).adapters![0]!.path).toContain(one!.run);
  const forced = await rig.cli('run', 'grid.peft', '--again', '--detach', '--json');
  const { runs, sweep } = JSON.parse(forced.stdout) as { runs: string[]; sweep: string };
  expect(record(runs[0]!).from).toBeUndefined();
  expect(readdirSync(path.join(rig.root, 'runs')).filter((name) => name.startsWith(`${sweep}-p`))).toHaveLength(4);
  await rig.state(runs.at(-1)!, 'finished');
});

test('Ctrl-C cancels what has not ended; resume goes on with it; a directory that is gone harms no other', async () => {
  const file = recipe('long', {
    training: { max_steps: 100_000 },
    sweep: { 'adapters.0.rank': [2, 4, 8] },
  });
  const client = rig.start('run', file);
  await client.until((event) => event.event === 'step');
  client.child.kill('SIGINT');
  expect(await client.exit).toBe(1);
  const { points, sweep } = client.events.at(-1) as unknown as SweepFinishedEvent;
  expect(points.map(({ state }) => state)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  rmSync(points[1]!.run, { recursive: true });
  const resumed = rig.start('resume', sweep);
  await resumed.until((event) => event.event === 'resumed');
  await eventually(() => record(points[2]!.run).state === 'queued');
  const { runs } = await rig.json<{ runs: { run: string; state: string }[] }>('cancel', 'long');
  expect(runs.map(({ state }) => state)).toEqual(['cancelled', 'missing', 'cancelled']);
  expect(await resumed.exit).toBe(1);
});

test('with halving the best goes on and ends with the bits that it has alone; the others are stopped, and one of them goes on when asked', async () => {
  // One row over and over: whatever learns, learns it.
  const row = JSON.stringify({ input_ids: [1, 2, 3, 4], labels: [1, 2, 3, 4], attention_mask: [1, 1, 1, 1] });
  rig.file('easy.jsonl', `${row}\n`.repeat(40));
  const data = { train: 'easy.jsonl', validation: 0.2 };
  const training = { max_steps: 12, eval_steps: 5, save_steps: 100 };
  const rates = [0, 2e-2, 1e-3];
  const sweep = { 'training.optimizer.learning_rate': rates, halving: 3 };
  const { code, stdout, stderr } = await rig.cli('run', recipe('halving', { data, training, sweep }), '--json');
  expect(code, stderr).toBe(0);
  const { last } = sweepOf(stdout);
  const [none, best, low] = last.points;
  expect(last.points.map(({ state }) => state)).toEqual(['cancelled', 'finished', 'cancelled']);
  expect(none!.halted).toEqual({ step: 5, rank: 3, of: 3, metric: 'loss' });
  expect(events(best!.run).filter(({ event }) => ['rung', 'promoted', 'resumed'].includes(event))).toMatchObject([
    { event: 'rung', step: 5, rung: 0, metric: 'loss' },
    { event: 'promoted', step: 5, passed: 1, rank: 1, of: 3 },
    { event: 'resumed', step: 5 },
  ]);
  const own = recipe('alone', {
    data,
    training: { ...training, optimizer: { learning_rate: rates[1] } },
    sweep: undefined,
  });
  const { finished } = await rig.finish('run', own);
  const weights = (run: string) => readFileSync(path.join(run, 'adapter', 'adapter_model.safetensors'));
  expect(weights(best!.run).equals(weights(finished.run))).toBe(true);

  expect((await rig.cli('runs', '--sweep', 'halving')).stdout).toContain('stopped at step 5: 3rd of 3');
  const nothing = await rig.cli('resume', last.sweep);
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('no stopped point')]);
  const { events: more } = await rig.finish('resume', low!.run);
  expect(more.at(-1)).toMatchObject({ event: 'finished', step: 12 });
});

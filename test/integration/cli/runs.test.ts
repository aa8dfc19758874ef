/** Running recipes from the command line. */
import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { events, eventually, fixture, Rig, record, tinyLlama } from '../rig.ts';

const rig = new Rig();
let recipe: string;
let finished: string;
beforeAll(async () => {
  recipe = rig.recipe('demo', { data: { train: 'train.jsonl', validation: 0.2 } });
  const { code, stdout, stderr } = await rig.cli('run', recipe, '--json');
  expect(code, stderr).toBe(0);
  finished = (JSON.parse(stdout.trim().split('\n').at(-1)!) as { run: string }).run;
});
afterAll(() => rig.close());

const endless = () => rig.recipe('endless', { training: { max_steps: 100_000 } });

test('run --json prints the events of metrics.jsonl, the last one with the adapters', async () => {
  const { code, stdout, stderr } = await rig.cli('run', recipe, '--json');
  expect([code, stderr]).toEqual([0, '']);
  const printed = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  const { run } = printed[0] as { run: string };
  expect(path.isAbsolute(run)).toBe(true);
  expect(printed).toEqual(events(run));
  expect(printed.filter(({ event }) => event === 'step').map((e) => (e as { step: number }).step)).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  expect(printed.at(-1)).toMatchObject({
    event: 'finished',
    run,
    adapters: [{ name: 'lora', path: path.join(run, 'adapter') }],
  });
  expect(readdirSync(path.join(run, 'adapter'))).toEqual(
    expect.arrayContaining(['adapter_config.json', 'adapter_model.safetensors']),
  );
});

test('people get progress and a table', async () => {
  const { code, stdout } = await rig.cli('run', recipe);
  expect(code).toBe(0);
  expect(stdout).toMatch(/20\/20 {2}loss [\d.]+ {2}[\d,]+ tokens\/s {2}ETA 0 s/);
  expect(stdout).toMatch(/validation +base +trained\nloss +[\d.]+ +[\d.]+/);
  for (const row of ['trainable parameters', 'percent', 'adapter size', 'adapter ', 'run '])
    expect(stdout).toContain(row);
});

test('run --detach prints the directory at once, runs --json lists it', async () => {
  const { run } = await rig.json<{ run: string }>('run', recipe, '--detach');
  await rig.state(run, 'finished');
  const { runs } = await rig.json<{ runs: object[] }>('runs');
  expect(runs).toContainEqual({
    id: path.basename(run),
    run,
    name: 'demo',
    state: 'finished',
    method: 'lora',
    step: 20,
    totalSteps: 20,
  });
  expect((await rig.cli('runs')).stdout).toContain(path.basename(run));
});

test('cancel --json waits for the end; resume --json goes on from there', async () => {
  const { run } = await rig.json<{ run: string }>('run', endless(), '--detach');
  await eventually(() => events(run).some((e) => e.event === 'step'));
  expect(await rig.json('cancel', run)).toEqual({ run, state: 'cancelled' });
  const before = events(run).length;
  const resumed = rig.start('resume', path.basename(run));
  await resumed.until((e) => e.event === 'step');
  expect(resumed.events[0]).toMatchObject({ event: 'resumed' });
  expect(events(run)[before]).toEqual(resumed.events[0]);
  await rig.json('cancel', run);
  expect(await resumed.exit).toBe(1);
  expect(resumed.events.at(-1)).toMatchObject({ event: 'cancelled', run });
});

test('Ctrl-C cancels with a checkpoint: exit 1', async () => {
  const client = rig.start('run', endless());
  await client.until((e) => e.event === 'step');
  client.child.kill('SIGINT');
  expect(await client.exit).toBe(1);
  const last = client.events.at(-1) as { run: string; step: number };
  expect(last).toMatchObject({ event: 'cancelled' });
  expect(existsSync(path.join(last.run, 'checkpoints', `step-${last.step}`))).toBe(true);
});

test('a second Ctrl-C stops waiting; the run stops by itself', async () => {
  const client = rig.start('run', endless());
  await client.until((e) => e.event === 'step');
  const { run } = client.events[0] as { run: string };
  const { pid } = record(run).worker!;
  process.kill(pid, 'SIGSTOP'); // a step that takes long
  client.child.kill('SIGINT');
  await eventually(() => client.stderr().includes('Ctrl-C again'));
  client.child.kill('SIGINT');
  expect(await client.exit).toBe(1);
  expect(client.stderr()).toContain('the run stops by itself at its next step');
  expect(record(run).state).toBe('running');
  process.kill(pid, 'SIGCONT');
  await rig.state(run, 'cancelled');
});

test('Ctrl-C while the run waits in the queue takes it out', async () => {
  const { run } = await rig.json<{ run: string }>('run', endless(), '--detach');
  const waiting = rig.start('run', recipe);
  const isWaiting = (name: string) =>
    name.endsWith('-demo') && record(path.join(rig.root, 'runs', name)).state === 'queued';
  await eventually(() => readdirSync(path.join(rig.root, 'runs')).some(isWaiting));
  waiting.child.kill('SIGINT');
  expect(await waiting.exit).toBe(1);
  expect(waiting.events).toMatchObject([{ event: 'cancelled', step: 0 }]);
  expect(waiting.stderr()).not.toContain('with a checkpoint');
  await rig.json('cancel', run);
});

test('a run that waits says for how many, and when it begins', async () => {
  const { run } = await rig.json<{ run: string }>('run', endless(), '--detach');
  const waiting = rig.cli('run', recipe);
  const isWaiting = (name: string) => record(path.join(rig.root, 'runs', name)).state === 'queued';
  await eventually(() => readdirSync(path.join(rig.root, 'runs')).some(isWaiting));
  // The client asks for the run's state after it has been queued.
  await delay(500);
  await rig.json('cancel', run);
  const { code, stdout } = await waiting;
  expect([code, stdout]).toEqual([0, expect.stringMatching(/\nqueued, 1 before it\nstarted\n20 steps, /)]);
});

test('a worker that is killed: the last event says so, exit 1', async () => {
  const client = rig.start('run', endless());
  await client.until((e) => e.event === 'step');
  const { run } = client.events[0] as { run: string };
  process.kill(record(run).worker!.pid, 'SIGKILL');
  expect(await client.exit).toBe(1);
  expect(client.events.at(-1)).toMatchObject({ event: 'failed', code: 'worker-killed', run });
  expect(client.stderr()).toContain('resume');
});

test.skipIf(process.platform !== 'linux')('a full disk pauses the run, says so, and lets it go on', async () => {
  const client = rig.start('run', rig.recipe('full', { training: { max_steps: 60, save_steps: 60 } }));
  await client.until(({ event }) => event === 'step');
  const { run } = client.events[0] as { run: string };
  const log = path.join(run, 'log.txt');
  rmSync(log);
  symlinkSync('/dev/full', log);
  await eventually(() => client.stderr().includes('paused: the disk is full'));
  const { runs } = await rig.json<{ runs: { run: string; state: string; paused?: object }[] }>('runs');
  expect(runs.find((each) => each.run === run)).toMatchObject({ state: 'running', paused: { reason: 'disk-full' } });
  rmSync(log);
  expect(await client.exit, client.stderr()).toBe(0);
  expect(client.stderr()).toContain('there is room again');
  expect(client.events).toEqual(events(run));
  const told = client.events.map(({ event }) => event);
  expect([told.filter((event) => event === 'step').length, told]).toEqual([
    60,
    expect.arrayContaining(['paused', 'continued']),
  ]);
  expect(record(run)).not.toHaveProperty('paused');
});

test('data that only the job can find wrong: exit 1, file and line, no stack', async () => {
  rig.recipe('bad-data');
  rig.file(
    'train.jsonl',
    '{"input_ids":[1,2],"labels":[1,2],"attention_mask":[1,1]}\n{"input_ids":[1,999999],"labels":[1,2],"attention_mask":[1,1]}\n',
  );
  const { code, stdout, stderr } = await rig.cli('run', path.join(rig.root, 'bad-data.peft'), '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ event: 'failed', run: expect.any(String) });
  expect(stderr).toMatch(/error\[token-out-of-range\]: .*train\.jsonl:2/);
  expect(stderr).not.toMatch(/\n\s+at /);
  rig.recipe('demo'); // writes the good rows again
});

test('an output that cannot be written: exit 2, nothing left', async () => {
  const file = rig.file('plain', '');
  const { code, stderr } = await rig.cli('run', rig.recipe('nowhere', { output: path.join(file, 'runs') }));
  expect([code, stderr]).toEqual([2, expect.stringContaining('error[output-unwritable]')]);
});

test('a run that stops early says so, in the table and in run.json', async () => {
  const training = { eval_steps: 2, early_stopping: { patience: 1, min_delta: 100 } };
  const file = rig.recipe('stopping', { data: { train: 'train.jsonl', validation: 0.2 }, training });
  const { code, stdout } = await rig.cli('run', file);
  expect(code).toBe(0);
  expect(stdout).toMatch(/step 2 {2}best so far {2}loss [\d.]+/);
  expect(stdout).toMatch(
    /best step +\d, by loss\nstopped early +step 4: loss has not improved by more than 100 in one evaluation/,
  );
  const { runs } = await rig.json<{ runs: { name: string; run: string }[] }>('runs');
  const { result, state } = record(runs.find(({ name }) => name === 'stopping')!.run);
  expect(state).toBe('finished');
  expect(result).toMatchObject({ best: { metric: 'loss' }, stopped: { step: 4 } });
});

test('a finished run is not resumed: exit 2', async () => {
  expect(await rig.cli('resume', finished)).toMatchObject({ code: 2, stderr: expect.stringContaining('run-finished') });
});

test('a recipe of nothing but a saved adapter goes on from it', async () => {
  const recipe = rig.recipe('onward', { adapters: [{ path: path.join(finished, 'adapter') }] });
  const { code, stdout } = await rig.cli('run', recipe, '--json');
  const { event, run } = JSON.parse(stdout.trim().split('\n').at(-1)!);
  expect([code, event]).toEqual([0, 'finished']);
  expect(record(run).method).toBe('lora');
});

test('evaluate --json', async () => {
  const value = await rig.json('evaluate', finished, '--data', path.join(rig.root, 'train.jsonl'));
  expect(value).toEqual({ loss: expect.any(Number), metrics: { perplexity: expect.any(Number) } });
});

test('forward --json with the adapter of a run, and merged, agree', async () => {
  const input = rig.file('input.json', JSON.stringify({ input_ids: [[1, 2, 3]], attention_mask: [[1, 1, 1]] }));
  const logits = async (...args: string[]) =>
    rig.json<{ logits: number[][][]; shape: number[] }>('forward', ...args, '--input', input);
  const base = await logits(tinyLlama);
  const adapted = await logits(tinyLlama, '--adapter', path.join(finished, 'adapter'));
  expect(base.shape).toEqual([1, 3, 256]);
  const output = path.join(rig.root, 'merged');
  expect(await rig.json('merge', finished, '-o', output)).toEqual({ path: output, exact: true });
  const merged = await logits(output);
  const furthest = (a: number[][][], b: number[][][]) =>
    Math.max(...a.flat(2).map((x, i) => Math.abs(x - b.flat(2)[i]!)));
  expect(furthest(base.logits, adapted.logits)).toBeGreaterThan(1e-4);
  expect(furthest(merged.logits, adapted.logits)).toBeLessThan(5e-5);
  expect(await rig.cli('merge', finished, '-o', output)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('output-exists'),
  });
});

test('export --format peft copies the adapter whole', async () => {
  const output = path.join(rig.root, 'exported');
  expect(await rig.json('export', finished, '--format', 'peft', '-o', output)).toEqual({ path: output, exact: true });
  expect(readdirSync(output)).toEqual(readdirSync(path.join(finished, 'adapter')));
});

test('export --format lora writes what computes the same', async () => {
  const output = path.join(rig.root, 'exported-lora');
  expect(await rig.json('export', finished, '--format', 'lora', '-o', output)).toEqual({ path: output, exact: true });
  expect(readdirSync(output)).toEqual(readdirSync(path.join(finished, 'adapter')));
});

test('generate answers every prompt, up to a stop text, with --json an object each', async () => {
  const file = path.join(rig.root, 'prompts.jsonl');
  writeFileSync(file, '{"prompt": "User: Hi"}\n{"prompt": "User: What"}\n');
  const model = path.join(import.meta.dirname, '../../../examples/quickstart/model');
  const asked = ['generate', model, '-p', 'User: What does the owl eat?\nAssistant:', '--prompt-file', file];
  const { stdout } = await rig.cli(...asked, '--stop', ' mice', '--json');
  const [owl, ...more] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(owl).toMatchObject({ text: ' The owl eats', reason: 'stop' });
  expect(more.map(({ prompt }) => prompt)).toEqual(['User: Hi', 'User: What']);
  const plain = await rig.cli('generate', model, '-p', owl.prompt);
  expect(plain).toEqual({ code: 0, stdout: ' The owl eats mice.\n', stderr: '' });
});

test('generate without a tokenizer names it: exit 2', async () => {
  const { code, stderr } = await rig.cli('generate', fixture('tiny/llama'), '-p', 'Hello');
  expect([code, stderr]).toEqual([2, expect.stringContaining('error[tokenizer-missing]')]);
});

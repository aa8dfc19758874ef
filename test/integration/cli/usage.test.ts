/** Arguments, help and the commands that are still to come. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { commands } from '../../../server/cli/commands/registry.ts';
import { bundle, Rig } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../../package.json'), 'utf8'));
  expect(await rig.cli('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('the help names every command, and every command has help', async () => {
  const { stdout, code } = await rig.cli('--help');
  expect(code).toBe(0);
  for (const { name, summary } of commands) {
    expect(stdout).toContain(summary);
    const help = await rig.cli(name, '--help');
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`Usage: rankwise ${name}`) });
  }
});

test.each([
  [['vlidate', 'x'], /no command "vlidate"[\s\S]*Did you mean `rankwise validate`/],
  [['explain', 'rank-to-large'], /Did you mean `rank-too-large`/],
  [['frobnicate'], /no command[\s\S]*--help/],
  [['estimate'], /needs RECIPE/],
  [['run', 'a', 'b'], /does not take "b"/],
  [['run', 'a', '--detahc'], /Did you mean --detach/],
  [['daemon', 'restart'], /start, stop, status/],
  [['merge', 'x'], /needs --output/],
  [['generate', 'x', '-p', 'y', '-n', '1e99'], /whole number/],
  [['generate', 'x', '-p', 'y', '--temperature', '-1'], /number from 0 on, not "-1"/],
  [['generate', 'x'], /needs --prompt or --prompt-file/],
  [['generate', 'x', '-p', 'y', '--top-k', '5'], /--top-k is for a --temperature above 0/],
  [['generate', 'x', '-p', 'y', '--temperature', '1', '--top-p', '1.5'], /above 0 and at most 1/],
  [['evaluate', 'x', '--data', 'y', '--columns', 'text'], /--columns must be ROLE=COLUMN/],
  [['generate', 'x', '-p', 'y', '--system', 'z'], /--system goes with --chat/],
  [['generate', 'x', '--prompt-file', '/nowhere'], /error\[file-not-readable\]/],
  [['export', 'x', '--format', 'gguf', '-o', 'y'], /peft or lora/],
  [['resume', 'no-such-run'], /error\[unknown-run\]/],
  [['cancel', '/'], /error\[unknown-run\]/],
  [['evaluate', '/', '--data', 'x'], /error\[not-a-run\]/],
  [['forward', '/nowhere', '--input', 'x'], /error\[model-not-found\]/],
  [['merge', '/nowhere', '-o', 'x'], /error\[/],
])('%j: exit 2 and a reason', async (args, reason) => {
  const { code, stdout, stderr } = await rig.cli(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(reason);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test.each([
  [['estimate', '--json'], 'usage', 2],
  [['run', '--detahc', 'a', '--json'], 'usage', 2],
  [['vlidate', '--json'], 'usage', 2],
  [['estimate', 'none.peft', '--json'], 'recipe-unreadable', 2],
  [['cancel', 'no-such-run', '--json'], 'unknown-run', 2],
  [['generate', '/nowhere', '-p', 'x', '--json'], 'model-not-found', 2],
  [['spectrum', 'm', '--json'], 'model-not-found', 2],
  [['spectrum', 'm', '--interval', '2,1', '--json'], 'usage', 2],
  [['preview', 'r', '--split', 'test', '--json'], 'usage', 2],
  [['daemon', 'restart', '--json'], 'usage', 2],
])('%j: the fault is the one JSON value on stdout', async (args, code, exit) => {
  const result = await rig.cli(...args);
  expect(result.code).toBe(exit);
  expect(JSON.parse(result.stdout)).toEqual({ error: expect.objectContaining({ code, kind: 'input' }) });
  expect(result.stderr).toContain(`error[${code}]`);
});

test('doctor --json lists backends', async () => {
  const { backends } = await rig.json<{ backends: object[] }>('doctor');
  expect(backends).toContainEqual({
    name: 'onnxruntime',
    available: true,
    version: expect.any(String),
    device: expect.any(String),
  });
});

test('daemon stop says whether there was one', async () => {
  await rig.cli('daemon', 'start');
  expect((await rig.cli('daemon', 'stop')).stdout).toBe('stopped\n');
  expect((await rig.cli('daemon', 'stop')).stdout).toBe('not running\n');
});

test('daemon stop --force tells of the runs that begin with the next daemon', async () => {
  const endless = rig.recipe('endless', { training: { max_steps: 100_000 } });
  await rig.json('run', endless, '--detach');
  const { run } = await rig.json<{ run: string }>('run', endless, '--detach');
  const { stdout } = await rig.cli('daemon', 'stop', '--force');
  expect(stdout).toBe('stopped\n1 queued run stays queued and begins when the daemon is started again.\n');
  await rig.cli('daemon', 'start');
  await rig.state(run, 'running');
  await rig.cli('cancel', run);
  await rig.cli('daemon', 'stop', '--force');
});

test('daemon --json', async () => {
  const stopped = { running: false, pid: null, version: null, jobs: 0 };
  expect(await rig.json('daemon', 'stop')).toEqual(stopped);
  expect(await rig.json('daemon', 'status')).toEqual(stopped);
  expect(await rig.json('daemon', 'start')).toEqual({
    running: true,
    pid: expect.any(Number),
    version: expect.any(String),
    jobs: 0,
  });
  expect(await rig.json('daemon', 'stop')).toEqual(stopped);
  expect(await rig.json('daemon', 'stop')).toEqual(stopped);
});

test('a home that cannot be made is exit 1 with a way out', async () => {
  const other = new Rig({ RANKWISE_HOME: '/proc/nowhere' });
  expect(await other.cli('runs')).toMatchObject({ code: 1, stderr: expect.stringContaining('RANKWISE_HOME') });
  await other.close();
});

test('whoever stops reading gets no stack trace', async () => {
  const child = spawn(process.execPath, [bundle('cli'), '--help'], { env: rig.env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  expect(stderr).toBe('');
});

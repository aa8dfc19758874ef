/** Faults of the installation and of a checkpoint, as people meet them: what is wrong, what to do, and no stack trace. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle, type CliResult, Rig, tinyLlama } from './rig.ts';

const rig = new Rig();
afterAll(() => rig.close());
const stack = /^\s+at /m;
const input = () => rig.file('input.json', '{"input_ids": [[1, 2]]}');

describe('onnxruntime’s library does not load', () => {
  const copy = path.join(rig.root, 'broken');
  beforeAll(() => {
    const [here, there] = [path.join(import.meta.dirname, '../../node_modules'), path.join(copy, 'node_modules')];
    for (const name of ['cli.js', 'daemon.js', 'worker.js', 'package.json'])
      cpSync(path.join(path.dirname(bundle('cli')), name), path.join(copy, 'dist', name));
    for (const part of ['package.json', 'dist'])
      cpSync(path.join(here, 'onnxruntime-node', part), path.join(there, 'onnxruntime-node', part), {
        recursive: true,
      });
    symlinkSync(path.join(here, 'onnxruntime-common'), path.join(there, 'onnxruntime-common'));
    const native = path.join(there, 'onnxruntime-node/bin/napi-v6', process.platform, process.arch);
    mkdirSync(native, { recursive: true });
    writeFileSync(path.join(native, 'onnxruntime_binding.node'), 'not a library');
  });
  afterAll(() => broken('daemon', 'stop', '--force'));

  const broken = (...args: string[]): Promise<CliResult> =>
    new Promise((resolve) => {
      const options = { env: { ...rig.env, RANKWISE_HOME: path.join(rig.root, 'other home') }, cwd: rig.root };
      execFile(process.execPath, [path.join(copy, 'dist/cli.js'), ...args], options, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });

  test('doctor says so of everything that is built on it', async () => {
    const { code, stdout } = await broken('doctor', '--json');
    expect(code).toBe(0);
    const { backends } = JSON.parse(stdout) as { backends: { name: string; available: boolean; fix: string }[] };
    expect(backends.map(({ available }) => available)).not.toContain(true);
    for (const name of ['onnxruntime', 'webgpu'])
      expect(backends.find((report) => report.name === name)!.fix, name).toMatch(/Install onnxruntime-node .* again/);
  });

  test('a run and a single forward pass fail with what to do', async () => {
    const results = [await broken('run', rig.recipe('broken')), await broken('forward', tinyLlama, '--input', input())];
    for (const { code, stderr } of results) {
      expect(code).toBe(1);
      expect(stderr).toContain('error[backend-unavailable]: onnxruntime cannot start: ');
      expect(stderr).toMatch(/hint: Install onnxruntime-node .* again/);
      expect(stderr).not.toMatch(stack);
    }
  });
});

test('weights that do not fit config.json are named, before anything is run', async () => {
  const model = path.join(rig.root, 'model');
  cpSync(tinyLlama, model, { recursive: true });
  const config = JSON.parse(readFileSync(path.join(model, 'config.json'), 'utf8'));
  writeFileSync(path.join(model, 'config.json'), JSON.stringify({ ...config, intermediate_size: 256 }));
  const recipe = rig.recipe('mismatch', { model: { path: model, task: 'causal-lm' } });
  for (const args of [
    ['run', recipe],
    ['forward', model, '--input', input()],
  ]) {
    const { code, stderr } = await rig.cli(...args);
    expect(code, args[0]).toBe(2);
    expect(stderr).toMatch(/error\[shape-mismatch\]: model\.layers\.0\.mlp\.gate_proj\.weight is \[128,64\]/);
    expect(stderr).not.toMatch(stack);
  }
  expect(await rig.runs()).toEqual([]);
});

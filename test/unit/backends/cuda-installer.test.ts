import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cuda } from '../../../server/backends/cuda/installer.ts';
import { makeRunner, type Runner } from '../../../server/backends/run.ts';
import { RankwiseError } from '../../../server/base/errors.ts';

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('installing cuda', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'cuda backend '));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const install = (run: Runner, python?: string) =>
    cuda.fill({ request: { cuda: false, ...(python !== undefined && { python }) }, folder, run, step: () => {} });
  /** A driver that is there, and a Python that has pip. */
  const here: Runner = async (executable, args) =>
    args[0] === '-c' ? JSON.stringify({ executable, version: [3, 11], hasPip: true }) : '';
  const isPip = (args: readonly string[]) => args.includes('pip');

  test('pip is asked for wheels by version and sum; they come to lie beside a copy of onnxruntime', async () => {
    let requirements = '';
    const record = await install(async (command, args, options) => {
      if (!isPip(args)) return here(command, args, options);
      requirements = readFileSync(args[args.indexOf('-r') + 1]!, 'utf8');
      expect(args).toContain('--require-hashes');
      const target = args[args.indexOf('--target') + 1]!;
      const put = (file: string) => {
        mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
        writeFileSync(path.join(target, file), file);
      };
      put('onnxruntime/capi/libonnxruntime_providers_cuda.so');
      put('onnxruntime/capi/libonnxruntime_providers_shared.so');
      put('nvidia/cu13/lib/libcublas.so.13');
      return '';
    });
    const lines = requirements.trim().split('\n');
    expect(lines.every((line) => /^[a-z0-9-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}$/.test(line))).toBe(true);
    expect(lines[0]).toContain('onnxruntime-gpu==1.30.0');
    for (const file of ['onnxruntime_binding.node', 'libonnxruntime.so.1', 'libonnxruntime_providers_cuda.so'])
      expect(existsSync(path.join(folder, 'lib', file)), file).toBe(true);
    expect(existsSync(path.join(folder, 'nvidia/cu13/lib/libcublas.so.13'))).toBe(true);
    expect(existsSync(path.join(folder, 'wheels'))).toBe(false);
    expect(cuda.satisfies(record, { cuda: false })).toBe(true);
    expect(
      cuda.satisfies({ ...record, versions: { ...record.versions, 'onnxruntime-gpu': '1.29.0' } }, { cuda: false }),
    ).toBe(false);
  });

  test('without a driver nothing is downloaded', async () => {
    let downloads = 0;
    const run: Runner = async (_, args, { failure }) => {
      if (isPip(args)) downloads++;
      throw new RankwiseError(failure.code, failure.what, { kind: 'runtime' });
    };
    await expect(install(run)).rejects.toMatchObject({ code: 'driver-missing' });
    expect(downloads).toBe(0);
  });

  test.each([
    [
      'echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."; exit 1',
      'pip-failed',
      'DO NOT MATCH THE HASHES',
    ],
    ['echo "NewConnectionError: Failed to establish a new connection"; exit 1', 'network', 'cannot be reached'],
    ['echo "No space left on device"; exit 1', 'disk-full', 'disk is full'],
  ])('pip says %s', async (script, code, message) => {
    const python = path.join(folder, 'python');
    writeFileSync(python, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const real = makeRunner({ log: path.join(folder, 'log'), note: () => {} });
    const run: Runner = (command, args, options) =>
      isPip(args) ? real(command, args, options) : here(command, args, options);
    await expect(install(run, python)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test.each(['/nowhere/python', process.execPath])('a Python that is none: %s', async (python) => {
    const real = makeRunner({ log: path.join(folder, 'log'), note: () => {} });
    const run: Runner = (command, args, options) =>
      command === python && args[0] === '-c' ? real(command, args, options) : here(command, args, options);
    await expect(install(run, python)).rejects.toMatchObject({ code: expect.stringMatching(/^python-/) });
  });
});

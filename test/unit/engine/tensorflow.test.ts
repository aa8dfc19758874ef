/** What doctor and a start say of installations that are missing or broken; the package is a stand-in. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { doctor, startEngine } from '../../../server/engine/index.ts';
import type { InstalledBackend } from '../../../server/protocol/backends.ts';

const root = mkdtempSync(path.join(tmpdir(), 'rankwise-tensorflow-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A package that behaves as `body` says, installed as the record says. Gives the folder of backends. */
function installedWith(body: string, more: Partial<InstalledBackend> = {}): string {
  const installed = mkdtempSync(path.join(root, 'home-'));
  const folder = path.join(installed, 'tensorflow');
  const record = {
    format: 1,
    name: 'tensorflow',
    variant: 'cpu',
    package: 'stand-in',
    versions: { tensorflow: '2.21.0' },
  };
  mkdirSync(path.join(folder, 'node_modules/stand-in'), { recursive: true });
  writeFileSync(path.join(folder, 'node_modules/stand-in/index.js'), body);
  writeFileSync(path.join(folder, '.complete'), JSON.stringify({ ...record, ...more }));
  return installed;
}

/** tfjs-node as far as the probe looks. */
const working = (product = [3, 3, 7, 7], version = '2.21.0', gpu = false) => `
  module.exports = {
    backend: () => ({ binding: { TF_Version: '${version}' }, isUsingGpuDevice: ${gpu} }),
    matMul: () => ({ dataSync: () => Float32Array.of(${product}) }),
  };`;
const throwing = (message: string) => `throw new Error(${JSON.stringify(message)});`;
const missing = 'libtensorflow_cc.so.2: cannot open shared object file: No such file or directory';

const report = async (installed: string) => (await doctor({ installed }, ['tensorflow']))[0]!;
const again = expect.stringContaining('Run `rankwise backend install tensorflow`');

test.each<[string, string]>([
  ['works', working()],
  [
    'calls what Node had',
    `if (!require('util').isArray([]) || require('util').isNullOrUndefined(0)) throw 1; ${working()}`,
  ],
])('of one that %s', async (_, body) => {
  expect(await report(installedWith(body))).toMatchObject({
    name: 'tensorflow',
    available: true,
    version: '2.21.0 (cpu)',
    device: expect.any(String),
  });
});

test.each<[string, string, object]>([
  ['has lost its libraries', throwing(missing), { reason: expect.stringContaining(missing), fix: again }],
  ['says much', throwing(`first line\n${'search path\n'.repeat(500)}`), { reason: 'It does not load: first line' }],
  [
    'computes wrong',
    working([3, 3, 7, 8]),
    { reason: 'It computes wrong: a product came out as 3,3,7,8, not 3,3,7,7.', fix: again },
  ],
  [
    'is another TensorFlow',
    working(undefined, '2.20.1'),
    { reason: expect.stringMatching(/2\.21\.0, and loads 2\.20\.1/) },
  ],
  [
    'crashes',
    'process.kill(process.pid, "SIGSEGV"); for (;;);',
    { reason: expect.stringContaining('crashed (SIGSEGV)'), fix: again },
  ],
  [
    'ends the process',
    'console.error("no such device"); process.exit(7)',
    { reason: expect.stringMatching(/exit code 7\): no such device/) },
  ],
])('of one that %s', async (_, body, expected) => {
  expect(await report(installedWith(body))).toEqual({
    name: 'tensorflow',
    available: false,
    reason: expect.anything(),
    fix: expect.anything(),
    ...expected,
  });
});

describe('of a CUDA build', () => {
  const cuda = { variant: 'cuda' } as const;

  test('with a GPU', async () => {
    const found = await report(installedWith(working(undefined, '2.21.0', true), cuda));
    expect(found).toEqual({ name: 'tensorflow', available: true, version: '2.21.0 (cuda)' });
  });

  test('without one: it computes, and says on what', async () => {
    const found = await report(installedWith(working(), cuda));
    expect(found).toMatchObject({
      available: true,
      version: '2.21.0 (cpu)',
      reason: expect.stringContaining('no GPU'),
      fix: expect.stringContaining('nvidia-smi'),
    });
  });

  test('that is broken: the fix names the same build', async () => {
    expect((await report(installedWith(throwing(missing), cuda))).fix).toContain('backend install tensorflow --cuda`');
  });
});

test('of none, and of half a one, how to install it', async () => {
  const half = installedWith(working());
  rmSync(path.join(half, 'tensorflow/.complete'));
  for (const found of [await report(root), await report(half)])
    expect(found).toMatchObject({ available: false, reason: expect.stringContaining('not installed'), fix: again });
});

test('a start fails with what doctor says', async () => {
  const installed = installedWith(throwing(missing));
  const start = (more: object) => startEngine({ backend: 'tensorflow', threads: 1, ...more });
  const error = { code: 'backend-unavailable', kind: 'runtime', hint: again };
  await expect(start({ installed })).rejects.toMatchObject({ ...error, message: expect.stringContaining(missing) });
  await expect(start({})).rejects.toMatchObject({ ...error, message: expect.stringContaining('not installed') });
});

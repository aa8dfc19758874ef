import { linkSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DiskUse } from '../../../server/daemon/disk-use.ts';
import { temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
const use = (...parts: string[]) => 512 * statSync(path.join(root(), ...parts)).blocks;

test('blocks are counted: of a file with two names once, of a link its own', async () => {
  mkdirSync(path.join(root(), 'run', 'adapter'), { recursive: true });
  writeFileSync(path.join(root(), 'big'), Buffer.alloc(1 << 20, 1));
  writeFileSync(path.join(root(), 'run', 'adapter', 'weights'), Buffer.alloc(100_000, 1));
  linkSync(path.join(root(), 'run', 'adapter', 'weights'), path.join(root(), 'run', 'again'));
  symlinkSync(path.join(root(), 'big'), path.join(root(), 'run', 'link'));
  const expected = use('run') + use('run', 'adapter') + use('run', 'adapter', 'weights');
  const bytes = (await new DiskUse().of(path.join(root(), 'run')))!;
  expect(bytes).toBeGreaterThanOrEqual(expected);
  expect(bytes).toBeLessThan(expected + 8192);
});

test('a size is kept until a directory changes; of a run that goes on it is not', async () => {
  const run = path.join(root(), 'run');
  mkdirSync(path.join(run, 'checkpoints'), { recursive: true });
  const disk = new DiskUse();
  const before = (await disk.of(run))!;
  writeFileSync(path.join(run, 'checkpoints', 'a'), Buffer.alloc(50_000, 1));
  const after = (await disk.of(run))!;
  expect(after).toBe(before + use('run', 'checkpoints', 'a'));
  writeFileSync(path.join(run, 'checkpoints', 'a'), Buffer.alloc(500_000, 1)); // grows in place
  expect([await disk.of(run), (await disk.of(run, true))! > after]).toEqual([after, true]);
  rmSync(run, { recursive: true });
  expect(await disk.of(run)).toBeUndefined();
});

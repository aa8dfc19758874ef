import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cgroupShare, defaultThreads } from '../../../server/engine/threads.ts';

const root = mkdtempSync(path.join(tmpdir(), 'cgroup-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A tree of control groups with the given limits, and a process in `group`. */
function share(group: string, limits: Record<string, string>): number | undefined {
  const tree = mkdtempSync(path.join(root, 'tree-'));
  for (const [folder, text] of Object.entries(limits)) {
    mkdirSync(path.join(tree, folder), { recursive: true });
    writeFileSync(path.join(tree, folder, 'cpu.max'), text);
  }
  const self = path.join(tree, 'self');
  writeFileSync(self, `12:cpuset:/ignored\n0::${group}\n`);
  return cgroupShare(tree, self);
}

test.each<[string, string, Record<string, string>, number | undefined]>([
  ['no limit', '/', { '.': 'max 100000\n' }, undefined],
  ['a container that sees its own group as the root', '/', { '.': '150000 100000\n' }, 1.5],
  ['the tightest of the groups above', '/a/b', { '.': 'max 100000', a: '200000 100000', 'a/b': '400000 100000' }, 2],
  ['a group that is not mounted here', '/gone', { '.': '50000 100000' }, 0.5],
  ['something else in the file', '/', { '.': 'what' }, undefined],
])('%s', (_, group, limits, expected) => {
  expect(share(group, limits)).toBe(expected);
});

test('no control groups at all', () => {
  expect(cgroupShare(path.join(root, 'none'), path.join(root, 'none'))).toBeUndefined();
});

test('by default a run gets every core that it may use, and no more', () => {
  expect(defaultThreads()).toBeGreaterThanOrEqual(1);
  expect(defaultThreads()).toBeLessThanOrEqual(availableParallelism());
});

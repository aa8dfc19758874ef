import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPlaces } from '../../../server/wire/places.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'rw-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const env = (more: NodeJS.ProcessEnv = {}) => ({ HOME: root, XDG_RUNTIME_DIR: root, ...more });

test('the runtime directory is private, also when it was left open', () => {
  mkdirSync(path.join(root, 'rankwise'));
  chmodSync(path.join(root, 'rankwise'), 0o777);
  const { runtime } = openPlaces(env());
  expect(runtime).toBe(path.join(root, 'rankwise'));
  expect(lstatSync(runtime).mode & 0o777).toBe(0o700);
});

test('a runtime directory that is a link is refused', () => {
  mkdirSync(path.join(root, 'elsewhere'));
  symlinkSync(path.join(root, 'elsewhere'), path.join(root, 'rankwise'));
  expect(() => openPlaces(env())).toThrow(expect.objectContaining({ code: 'unsafe-runtime-directory' }));
});

test('without XDG_RUNTIME_DIR a folder of the user in tmp is used', () => {
  const { runtime } = openPlaces({ HOME: root, TMPDIR: root });
  expect(runtime).toBe(path.join(root, `rankwise-${userInfo().uid}`));
});

test('each home has names of its own', () => {
  const first = openPlaces(env());
  const second = openPlaces(env({ RANKWISE_HOME: path.join(root, 'other') }));
  expect(path.basename(first.record)).toBe('daemon.json');
  expect(second.record).not.toBe(first.record);
  expect(second.socket).not.toBe(first.socket);
});

test('a socket path is never longer than the system allows', () => {
  const deep = path.join(root, 'a-rather-long-folder-name'.repeat(4));
  mkdirSync(deep, { recursive: true });
  const { socket, record } = openPlaces(env({ XDG_RUNTIME_DIR: deep, TMPDIR: deep }));
  expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(107);
  expect(record.startsWith(deep)).toBe(true);
});

test('a home that cannot be made is named', () => {
  const home = '/proc/rankwise';
  expect(() => openPlaces(env({ RANKWISE_HOME: home }))).toThrow(expect.objectContaining({ code: 'home-unwritable' }));
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findNearby } from '../../../server/checkpoint/nearby.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-nearby-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (file: string): void => {
  mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(folder, file), '{}');
};

test('the walk ends where its bounds are, nearest first', async () => {
  for (const file of ['a/1.csv', 'a/b/2.csv', 'a/b/c/3.csv', '0.csv']) write(file);
  expect((await findNearby(folder, { depth: 2 })).value.data).toEqual(['0.csv', 'a/1.csv', 'a/b/2.csv']);
  expect((await findNearby(folder, { entries: 4 })).value.data).toEqual(['0.csv', 'a/1.csv']);
  expect((await findNearby(folder, { folders: 1 })).value.data).toEqual(['0.csv']);
});

test('a folder on the last level is known for what it is, and not for what it holds', async () => {
  write('model/config.json');
  write('model/data.csv');
  const { value } = await findNearby(folder, { depth: 0 });
  expect(value).toMatchObject({ models: [{ path: 'model', kind: '' }], data: [], folders: ['model'] });
});

test('a folder that is not there holds nothing, and is watched for', async () => {
  const away = path.join(folder, 'away');
  const { value, files } = await findNearby(away);
  expect(value).toEqual({ models: [], adapters: [], data: [], folders: [] });
  expect(files).toEqual([away]);
});

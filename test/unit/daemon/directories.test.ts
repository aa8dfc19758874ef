import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createNamed, createRunDirectory } from '../../../server/daemon/directories.ts';
import { files, readRecord, recordFromRecipe } from '../../../server/daemon/record.ts';
import { recipeText, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
const now = new Date('2026-01-31T23:59:58.123Z');
const submit = (more = {}) => ({
  recipeText,
  recipePath: '/r/demo.peft',
  name: 'demo',
  output: path.join(root(), 'runs'),
  method: 'lora',
  model: 'tiny',
  ...more,
});

test('a run directory holds the recipe and the record', async () => {
  const record = await createRunDirectory(submit(), now);
  expect(record.run).toBe(path.join(root(), 'runs', '20260131-235958-demo'));
  expect(readRecord(record.run)).toEqual(record);
  expect(readFileSync(path.join(record.run, 'recipe.peft'), 'utf8')).toBe(recipeText);
});

test('a point of a sweep knows its place without run.json, too', async () => {
  const sweep = { id: 's', name: 'demo', point: 1, points: 2, values: { 'training.seed': 1 } };
  const { run } = await createNamed(submit(), now, () => ({ id: 's-p01', more: { sweep } }));
  expect(readRecord(run)).toMatchObject({ id: 's-p01', sweep });
  expect(recordFromRecipe(run)).toMatchObject({ sweep });
  writeFileSync(files(run).sweep, '{"id": "s", "po');
  expect(recordFromRecipe(run)!.sweep).toBeUndefined();
});

test('many at once get a directory each, and leave nothing else', async () => {
  const records = await Promise.all(Array.from({ length: 12 }, () => createRunDirectory(submit(), now)));
  const names = readdirSync(path.join(root(), 'runs'));
  expect(new Set(records.map((r) => r.id)).size).toBe(12);
  expect(names.sort()).toEqual(records.map((r) => r.id).sort());
});

test.each([
  ['../../etc/passwd', 'etc-passwd'],
  ['Größe & "Rang"', 'Gro-e-Rang'],
  ['...', 'run'],
  ['x'.repeat(500), 'x'.repeat(60)],
])('the name %s becomes a plain folder name', async (name, expected) => {
  const { id, run } = await createRunDirectory(submit({ name }), now);
  expect(id).toBe(`20260131-235958-${expected}`);
  expect(path.dirname(run)).toBe(path.join(root(), 'runs'));
});

test.each([
  ['below a file', () => path.join(root(), 'file', 'runs')],
  ['where the system allows none', () => '/proc/runs'],
])('an output %s is a typed error', async (_, output) => {
  writeFileSync(path.join(root(), 'file'), '');
  await expect(createRunDirectory(submit({ output: output() }))).rejects.toMatchObject({
    code: 'output-unwritable',
    field: 'output',
    file: output(),
  });
  expect(existsSync(output())).toBe(false);
});

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { listAdapters } from '../../../server/checkpoint/peft.ts';
import { adapterOf } from '../../../server/cli/weights.ts';
import { temporaryFolder } from '../daemon/helpers.ts';

const root = temporaryFolder();
function folder(name: string, ...files: string[]): string {
  const made = path.join(root(), name);
  mkdirSync(made, { recursive: true });
  for (const file of files) writeFileSync(path.join(made, file), '');
  return made;
}

test('--adapter may be a run directory: its adapter is meant', () => {
  const run = folder('run', 'recipe.peft');
  expect(adapterOf(folder('run/adapter'))).toBe(path.join(run, 'adapter'));
  expect(adapterOf(run)).toBe(path.join(run, 'adapter'));
});

test.each([
  [[], 'finished'],
  [['model'], 'whole model'],
])('a run directory with %j has no adapter', (parts, hint) => {
  const run = folder('early', 'recipe.peft');
  for (const part of parts) folder(`early/${part}`);
  expect(() => adapterOf(run)).toThrow(
    expect.objectContaining({ code: 'adapter-not-found', hint: expect.stringContaining(hint) }),
  );
});

test.each(['', 'config.json', 'config.json/below'])('a model folder holds no adapter: MODEL/%s', (below) => {
  const model = folder('model', 'config.json');
  expect(() => listAdapters(path.join(model, below))).toThrow(expect.objectContaining({ code: 'adapter-not-found' }));
});

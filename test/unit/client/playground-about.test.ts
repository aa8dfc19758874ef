import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { aboutModel, aboutRun } from '../../../client/playground-about.ts';

const run = mkdtempSync(path.join(tmpdir(), 'rankwise-about-'));
afterAll(() => rmSync(run, { recursive: true }));
const make = (...parts: string[]) => mkdirSync(path.join(run, ...parts), { recursive: true });

test('a model alone has one side', () => {
  expect(aboutModel('/models/llama')).toEqual({ base: { model: '/models/llama' }, title: 'llama' });
});

test('a run is its result; before that its last checkpoint; before that nothing', () => {
  const adapted = () => aboutRun(run, 'pirate', '/models/llama').adapted;
  expect(adapted).toThrow(/no checkpoint/);
  make('checkpoints', 'step-9', 'adapter');
  make('checkpoints', 'step-20', 'adapter');
  make('checkpoints', 'step-30');
  expect(aboutRun(run, 'pirate', '/models/llama')).toEqual({
    base: { model: '/models/llama' },
    adapted: { model: '/models/llama', adapter: path.join(run, 'checkpoints/step-20/adapter') },
    title: 'llama + pirate (step 20)',
    run,
  });
  make('adapter');
  expect(adapted()).toEqual({ model: '/models/llama', adapter: path.join(run, 'adapter') });
  make('model');
  expect(adapted()).toEqual({ model: path.join(run, 'model') });
});

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { IndexFile } from '../../../server/daemon/index-file.ts';
import type { Daemon } from '../../../server/daemon/requests.ts';
import { submitSweep } from '../../../server/daemon/sweeps.ts';
import { openStore, recipeText, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();

async function house() {
  const store = await openStore(root());
  const queued: string[] = [];
  const queue = { waitingCount: 0, add: ({ run }: { run: string }) => queued.push(run) };
  const daemon = { store, queue, log: () => {}, settings: { queueLimit: 1000 } } as unknown as Daemon;
  const output = path.join(root(), 'runs');
  const submit = { recipeText, recipePath: '/demo.peft', name: 'demo', output, method: 'lora', model: 'tiny' };
  const points = Array.from({ length: 12 }, (_, i) => ({ submit, values: { 'training.seed': i } }));
  return { store, queued, output, launch: () => submitSweep(daemon, { name: 'demo', points }) };
}

test('the points of a sweep come into the index together, with one write', async () => {
  const add = vi.spyOn(IndexFile.prototype, 'add');
  const { launch, queued } = await house();
  const { runs } = await launch();
  expect(add).toHaveBeenCalledTimes(1);
  add.mockRestore();
  expect(queued).toEqual(runs.map(({ run }) => run));
  expect((await openStore(root())).list().map(({ run }) => run)).toEqual(queued);
});

test('where the index cannot be written there is no point, and no directory of one', async () => {
  const { store, launch, queued, output } = await house();
  // A folder in its place: nothing can be appended, whoever we are.
  mkdirSync(path.join(root(), 'runs.jsonl'));
  await expect(launch()).rejects.toMatchObject({ code: 'home-unwritable' });
  expect([queued, store.list(), readdirSync(output)]).toEqual([[], [], []]);
  rmSync(path.join(root(), 'runs.jsonl'), { recursive: true });
  expect((await launch()).runs).toHaveLength(12);
});

import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Library } from '../../../server/daemon/library.ts';
import { readRecord } from '../../../server/daemon/record.ts';
import { makeRun, openStore, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();

/** Twenty runs, more than are labelled at once. */
async function library() {
  const store = await openStore(root());
  const runs: string[] = [];
  for (let i = 0; i < 20; i++) {
    const { run } = makeRun(root(), { id: `r${i}`, state: 'finished' });
    await store.adopt(run);
    runs.push(run);
  }
  const adopt = (run: string) => store.adopt(run);
  return { runs, library: new Library({ home: root(), store, log: () => {}, isBusy: () => false, adopt }) };
}

test('runs that cannot be labelled are named, and all others have their labels', async () => {
  const { runs, library: it } = await library();
  // A folder in the place of run.json: rename(2) fails, whoever we are.
  rmSync(path.join(runs[0]!, 'run.json'));
  mkdirSync(path.join(runs[0]!, 'run.json', 'x'), { recursive: true });
  rmSync(runs[19]!, { recursive: true });
  const { runs: labelled, failed } = await it.label({ runs, change: { starred: true } });
  expect(failed).toEqual([
    { run: runs[0], error: expect.objectContaining({ code: 'run-unwritable', file: runs[0] }) },
    { run: runs[19], error: expect.objectContaining({ code: 'run-missing' }) },
  ]);
  const others = runs.slice(1, 19);
  expect(labelled.map(({ run }) => run)).toEqual(others);
  expect(others.map((run) => readRecord(run)?.labels)).toEqual(others.map(() => ({ starred: true })));
  expect((await openStore(root())).get(runs[19]!)?.labels).toBeUndefined();
});

test('a run that is not known ends it before any is labelled', async () => {
  const { runs, library: it } = await library();
  const change = { starred: true };
  await expect(it.label({ runs: [...runs, '/none'], change })).rejects.toMatchObject({ code: 'unknown-run' });
  expect(runs.filter((run) => readRecord(run)?.labels)).toEqual([]);
});

import { existsSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { KeptRecords } from '../../../server/daemon/kept-records.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { makeRun, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
const id = (i: number) => `20260101-000000-r${String(i).padStart(3, '0')}`;
const later = () => vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
const file = (record: RunRecord) => path.join(record.run, 'run.json');

/** What a daemon reads that finds copies of 100 runs, after `change`. */
async function readAfter(change: (runs: RunRecord[]) => void, more: Partial<RunRecord> = { state: 'finished' }) {
  const runs = Array.from({ length: 100 }, (_, i) => makeRun(root(), { id: id(i), ...more }));
  later();
  try {
    const first = new KeptRecords(root());
    for (const { run } of runs) first.read(run);
    await first.close();
    change(runs);
    const kept = new KeptRecords(root());
    return runs.map(({ run }) => kept.read(run));
  } finally {
    vi.useRealTimers();
  }
}

test('a copy stands for run.json as long as that is the same file', async () => {
  const read = await readAfter((runs) => {
    expect(JSON.parse(readFileSync(path.join(root(), 'kept.json'), 'utf8')).kept).toHaveLength(100);
    // Changed in its place to the same length, with its time set back.
    const [first, second, third] = runs;
    writeFileSync(file(first!), readFileSync(file(first!), 'utf8').replace('"name":"demo"', '"name":"omed"'));
    utimesSync(file(first!), 1, 1);
    // Replaced, as the daemon does it.
    writeFileSync(`${file(second!)}.tmp`, JSON.stringify({ ...second, name: 'newer' }));
    renameSync(`${file(second!)}.tmp`, file(second!));
    rmSync(file(third!));
  });
  expect(read.slice(0, 4).map((record) => record?.name)).toEqual(['omed', 'newer', undefined, 'demo']);
});

test('copies are used at all', async () => {
  const text = () => path.join(root(), 'kept.json');
  const read = await readAfter(() =>
    writeFileSync(text(), readFileSync(text(), 'utf8').replaceAll('"demo"', '"copy"')),
  );
  expect(new Set(read.map((record) => record?.name))).toEqual(new Set(['copy']));
});

test.each([
  ['of another version', (text: string) => text.replace(/"version":"[^"]*"/, '"version":"0.0.0"')],
  ['torn', (text: string) => text.slice(0, -20)],
])('a file that is %s does not count', async (_, change) => {
  const kept = path.join(root(), 'kept.json');
  const read = await readAfter(() =>
    writeFileSync(kept, change(readFileSync(kept, 'utf8').replaceAll('"demo"', '"copy"'))),
  );
  expect(new Set(read.map((record) => record?.name))).toEqual(new Set(['demo']));
});

test('runs that go on are not kept, nor those that changed just now', async () => {
  await readAfter(() => {}, { state: 'running' });
  const fresh = makeRun(root(), { id: id(0), state: 'finished' });
  const kept = new KeptRecords(root());
  for (let i = 0; i < 200; i++) kept.read(fresh.run);
  await kept.close();
  expect(existsSync(path.join(root(), 'kept.json'))).toBe(false);
});

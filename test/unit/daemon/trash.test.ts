import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { RunStore } from '../../../server/daemon/store.ts';
import { Trash } from '../../../server/daemon/trash.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { makeRun, openStore, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
const output = () => path.join(root(), 'runs');
const open = async () => {
  const store = await openStore(root());
  const busy = new Set<string>();
  const adopt = (run: string) => store.adopt(run);
  const trash = new Trash({ home: root(), store, log: () => {}, isBusy: (run) => busy.has(run), adopt });
  return { store, trash, busy };
};
const made = async (store: RunStore, id: string, more: Partial<RunRecord> = {}): Promise<RunRecord> => {
  const record = makeRun(output(), { id, state: 'finished', ...more });
  await store.add(record);
  return record;
};
const listed = async () => (await open()).store.list().map(({ id }) => id);
const trashed = async () => (await open()).trash.list().map(({ place }) => path.basename(place));

test('a run that is removed is in the trash, and comes back as it was', async () => {
  const { store, trash } = await open();
  const told: string[][] = [];
  store.onRemove = (runs) => told.push(runs);
  const record = await made(store, 'a', { labels: { starred: true } });
  const [removed] = await trash.remove([record.run]);
  expect(removed).toEqual({
    record,
    place: path.join(output(), '.trash', 'a'),
    removedAt: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect([told, store.list(), await listed(), existsSync(record.run)]).toEqual([[[record.run]], [], [], false]);
  // The list has no run of this folder any more: the next daemon finds the trash all the same.
  expect((await open()).trash.list()).toEqual([removed]);
  expect(await trash.restore([removed!.place])).toEqual([record]);
  expect([await listed(), await trashed(), readdirSync(output())]).toEqual([['a'], [], ['a']]);
  expect(existsSync(path.join(record.run, 'removed.json'))).toBe(false);
});

test('nothing is written over: neither in the trash nor at the way back', async () => {
  const { store, trash } = await open();
  const places: string[] = [];
  for (const name of ['first', 'second']) {
    const { run } = await made(store, 'a', { name });
    places.push(...(await trash.remove([run])).map(({ place }) => place));
  }
  expect(places.map((place) => path.basename(place))).toEqual(['a', 'a-2']);
  const third = await made(store, 'a', { name: 'third' });
  const back = await trash.restore(places);
  expect(back.map(({ id, name }) => [id, name])).toEqual([
    ['a-2', 'first'],
    ['a-3', 'second'],
  ]);
  expect(JSON.parse(readFileSync(path.join(third.run, 'run.json'), 'utf8')).name).toBe('third');
});

test('a crash between two steps loses nothing', async () => {
  const { store, trash } = await open();
  const { run } = await made(store, 'a');
  const index = readFileSync(path.join(root(), 'runs.jsonl'), 'utf8');
  const [{ place } = { place: '' }] = await trash.remove([run]);
  // After the move, before the index.
  writeFileSync(path.join(root(), 'runs.jsonl'), index);
  expect([await listed(), await trashed()]).toEqual([[], ['a']]);
  // At the way back after the index, before the move.
  writeFileSync(path.join(root(), 'runs.jsonl'), index);
  expect([await listed(), await trashed()]).toEqual([[], ['a']]);
  // After the note, before the move; and after the way back, before the note was taken away.
  writeFileSync(path.join(root(), 'runs.jsonl'), index);
  renameSync(place, run);
  expect([await listed(), await trashed(), existsSync(path.join(run, 'removed.json'))]).toEqual([['a'], [], true]);
});

test.each([
  [{ state: 'running' as const }, 'run-active'],
  [{ state: 'queued' as const }, 'run-active'],
])('of a run that is %j none is moved', async (more, code) => {
  const { store, trash } = await open();
  const idle = await made(store, 'a');
  const active = await made(store, 'b', more);
  await expect(trash.remove([idle.run, active.run])).rejects.toMatchObject({ code, file: active.run });
  expect(store.list()).toHaveLength(2);
});

test('a run with a job is refused, one that is not known too', async () => {
  const { store, trash, busy } = await open();
  const { run } = await made(store, 'a');
  busy.add(run);
  await expect(trash.remove([run])).rejects.toMatchObject({ code: 'run-active' });
  await expect(trash.remove(['/nowhere'])).rejects.toMatchObject({ code: 'unknown-run' });
});

test('a run whose results another has stays while that is there, and comes back before it', async () => {
  const { store, trash } = await open();
  const source = await made(store, 'a');
  const point = await made(store, 'b', { from: source.run });
  await expect(trash.remove([source.run])).rejects.toMatchObject({
    code: 'run-needed',
    hint: expect.stringContaining('Remove b too'),
  });
  const [first, second] = await trash.remove([source.run, point.run]);
  await expect(trash.restore([second!.place])).rejects.toMatchObject({ code: 'run-needed', file: first!.place });
  expect((await trash.restore([second!.place, first!.place])).map(({ id }) => id)).toEqual(['b', 'a']);
});

test('a run that comes back under another name has the results of others all the same', async () => {
  const { store, trash } = await open();
  const fingerprint = 'same';
  const source = await made(store, 'a', { fingerprint });
  const adapters = [{ name: 'lora', path: path.join(source.run, 'adapter') }];
  const point = await made(store, 'b', { fingerprint, from: source.run, adapters });
  const [first, second] = await trash.remove([source.run, point.run]);
  // Its name is taken meanwhile, by a run with results of its own.
  const { run: taken } = await made(store, 'a', { fingerprint: 'another' });
  await expect(trash.restore([second!.place])).rejects.toMatchObject({ code: 'run-needed', file: first!.place });
  const back = await trash.restore([second!.place, first!.place]);
  const now = `${source.run}-2`;
  expect(back).toMatchObject([{ id: 'b', from: now, adapters: [{ path: path.join(now, 'adapter') }] }, { run: now }]);
  expect((await openStore(root())).get(point.run)?.from).toBe(now);
  await expect(trash.remove([now])).rejects.toMatchObject({ code: 'run-needed' });
  expect((await trash.remove([taken])).map(({ record }) => record.run)).toEqual([taken]);
});

test('a directory that is gone only leaves the list; one half deleted goes to the trash as it is', async () => {
  const { store, trash } = await open();
  const gone = await made(store, 'a');
  const half = await made(store, 'b');
  rmSync(gone.run, { recursive: true });
  for (const name of ['run.json', 'recipe.peft']) rmSync(path.join(half.run, name));
  expect((await trash.remove([gone.run, half.run])).map(({ record }) => record.id)).toEqual(['b']);
  expect([await listed(), await trashed()]).toEqual([[], ['b']]);
  expect((await open()).trash.list()[0]?.record).toMatchObject({ id: 'b', state: 'missing' });
});

test('a fault of the disk ends it between two runs, and says so', async () => {
  const { store, trash } = await open();
  const first = await made(store, 'a');
  const second = await made(store, 'b');
  mkdirSync(path.join(second.run, 'removed.json')); // the note cannot be written
  await expect(trash.remove([first.run, second.run])).rejects.toMatchObject({
    code: 'run-unwritable',
    message: expect.stringContaining('1 of 2 were done before'),
  });
  expect([await listed(), await trashed()]).toEqual([['b'], ['a']]);
});

test('a trash that is a link, or no folder, is refused', async () => {
  const { store, trash } = await open();
  const { run } = await made(store, 'a');
  mkdirSync(path.join(root(), 'elsewhere', 'x'), { recursive: true });
  symlinkSync(path.join(root(), 'elsewhere'), path.join(output(), '.trash'));
  await expect(trash.remove([run])).rejects.toMatchObject({ code: 'trash-unusable' });
  expect([trash.list(), await trash.empty()]).toEqual([[], { deleted: 0, bytes: 0 }]);
  expect([store.list().length, existsSync(path.join(root(), 'elsewhere', 'x'))]).toEqual([1, true]);
});

test('emptying deletes what the trash lists, and no more', async () => {
  const { store, trash } = await open();
  const outside = path.join(root(), 'outside');
  mkdirSync(outside);
  writeFileSync(path.join(outside, 'keep'), '');
  const [first, second] = [await made(store, 'a'), await made(store, 'b')];
  symlinkSync(outside, path.join(first.run, 'link'));
  const [one, two] = await trash.remove([first.run, second.run]);
  const folder = path.dirname(one!.place);
  mkdirSync(path.join(folder, 'of-another')); // without our note
  symlinkSync(outside, path.join(folder, 'link'));
  mkdirSync(path.join(folder, '.deleting-c', 'x'), { recursive: true }); // a crash left it
  for (const place of [outside, second.run, path.join(folder, 'of-another'), path.join(folder, '..', 'x')])
    await expect(trash.empty([place])).rejects.toMatchObject({ code: 'not-in-trash' });
  const { deleted, bytes } = await trash.empty([one!.place]);
  expect([deleted, bytes > 4096]).toEqual([1, true]);
  expect(readdirSync(folder).sort()).toEqual(['b', 'link', 'of-another']);
  expect((await trash.empty()).deleted).toBe(1);
  expect([existsSync(two!.place), existsSync(path.join(outside, 'keep'))]).toEqual([false, true]);
  await expect(trash.restore([two!.place])).rejects.toMatchObject({ code: 'not-in-trash' });
});

test('a trash whose clock or folder has jumped still goes back beside itself', async () => {
  const { store, trash } = await open();
  const { run } = await made(store, 'a');
  const [{ place } = { place: '' }] = await trash.remove([run]);
  const note = path.join(place, 'removed.json');
  writeFileSync(note, JSON.stringify({ format: 1, from: '/another/machine/a', removedAt: 'yesterday' }));
  const [found] = trash.list();
  expect([found?.record.run, Number.isNaN(Date.parse(found!.removedAt))]).toEqual([run, false]);
  writeFileSync(note, '{torn');
  expect(trash.list()).toEqual([]);
});

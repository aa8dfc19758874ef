import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readRecord } from '../../../server/daemon/record.ts';
import { makeRun, openStore, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
const open = () => openStore(root());

test('runs are found again by the next store', async () => {
  const record = makeRun(root());
  await (await open()).add(record);
  expect((await open()).list()).toEqual([record]);
});

test('a directory that is gone is shown as missing', async () => {
  const record = makeRun(root());
  await (await open()).add(record);
  rmSync(record.run, { recursive: true });
  const store = await open();
  expect(store.list()).toMatchObject([{ run: record.run, state: 'missing', name: 'demo', method: 'lora' }]);
  expect(() => store.demand(record.run)).toThrow(expect.objectContaining({ code: 'run-missing' }));
});

test('a moved directory that is adopted replaces its missing entry', async () => {
  const adapters = [{ name: 'lora', path: path.join(root(), '20260101-000000-demo', 'adapter') }];
  const record = makeRun(root(), { state: 'finished', adapters });
  await (await open()).add(record);
  const target = path.join(root(), 'moved', record.id);
  mkdirSync(path.dirname(target));
  renameSync(record.run, target);
  await (await open()).adopt(target);
  expect((await open()).list()).toMatchObject([
    { run: target, state: 'finished', adapters: [{ path: path.join(target, 'adapter') }] },
  ]);
});

test('broken index lines are passed over', async () => {
  const record = makeRun(root());
  writeFileSync(path.join(root(), 'runs.jsonl'), 'nonsense\n\0\0\n{"run":"relative"}\n[]\nnull\n{"run":"/torn');
  await (await open()).add(record);
  expect((await open()).list()).toEqual([record]);
});

test('without run.json a run is rebuilt from its name and its recipe', async () => {
  const record = makeRun(root());
  await (await open()).add(record);
  writeFileSync(path.join(record.run, 'run.json'), '{"format":1,"id":7}');
  expect((await open()).list()).toMatchObject([
    {
      id: record.id,
      name: 'demo',
      method: 'lora+full',
      model: 'tiny',
      recipe: record.recipe,
      createdAt: record.createdAt,
    },
  ]);
});

test('the run.json of a newer version is kept beside the one that is rebuilt', async () => {
  const record = makeRun(root());
  await (await open()).add(record);
  const newer = '{"format":2,"what":"only the newer one knows"}';
  writeFileSync(path.join(record.run, 'run.json'), newer);
  const store = await open();
  await store.save(store.list()[0]!);
  expect(readRecord(record.run)).toMatchObject({ id: record.id, format: 1 });
  expect(readFileSync(path.join(record.run, 'run.json.format-2'), 'utf8')).toBe(newer);
});

test('a folder that is no run is not adopted', async () => {
  await expect((await open()).adopt(root())).rejects.toMatchObject({ code: 'not-a-run' });
});

test('the last of many saves is what run.json says, whole', async () => {
  const store = await open();
  const record = makeRun(root());
  await store.add(record);
  await Promise.all(Array.from({ length: 20 }, (_, i) => store.save({ ...record, step: i })));
  expect(readRecord(record.run)).toMatchObject({ step: 19 });
  expect(JSON.parse(readFileSync(path.join(record.run, 'run.json'), 'utf8'))).toMatchObject({ step: 19 });
});

test('progress is told at most four times a second, the last state included', async () => {
  const store = await open();
  const record = makeRun(root());
  const told: number[] = [];
  await store.add(record);
  store.onChange = ({ step }) => told.push(step);
  for (let step = 1; step <= 100; step++) {
    store.touch({ ...record, step });
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(told.at(-1)).toBe(100);
  expect(told.length).toBeLessThanOrEqual(6);
});

test('a torn last index line does not swallow the next', async () => {
  const first = makeRun(root());
  const second = makeRun(root(), { id: '20260102-000000-demo', createdAt: '2026-01-02T00:00:00.000Z' });
  await (await open()).add(first);
  appendFileSync(path.join(root(), 'runs.jsonl'), '{"run":"/to');
  await (await open()).add(second);
  expect((await open()).list()).toEqual([first, second]);
});

test('the list comes in parts, the newest first, whatever comes and goes between them', async () => {
  const store = await open();
  const day = (i: number) => `2026-01-0${i}T00:00:00.000Z`;
  for (const i of [2, 3, 4, 5]) await store.add(makeRun(root(), { id: `r${i}`, createdAt: day(i) }));
  await store.add(makeRun(root(), { id: 'r3b', createdAt: day(3) }));
  const first = store.page(2);
  expect(first.runs.map(({ id }) => id)).toEqual(['r5', 'r4']);
  await store.withdraw(store.get(first.more!.run)!);
  await store.add(makeRun(root(), { id: 'r6', createdAt: day(6) }));
  const rest = store.page(3, first.more);
  expect([rest.runs.map(({ id }) => id), rest.more]).toEqual([['r3b', 'r3', 'r2'], undefined]);
});

test('a run.json of another version is read for what it says; parts that are not as they should be are left out', () => {
  const result = { trainableParameters: 1, allParameters: 2, percent: 50, adapterBytes: 3, seconds: 4 };
  const odd = {
    result: { a: 1 },
    error: 5,
    adapters: [null],
    paused: 'yes',
    stalled: 7,
    untold: 'x',
    brand: { new: 1 },
  };
  const record = makeRun(root(), { state: 'finished', ...odd } as never);
  const { result: _1, error: _2, adapters: _3, paused: _4, stalled: _5, untold: _6, ...rest } = record;
  expect(readRecord(record.run)).toEqual(rest);
  const whole = makeRun(root(), { id: '20260101-000001-whole', state: 'finished', result, checkpoint: 3 });
  expect(readRecord(whole.run)).toEqual(whole);
});

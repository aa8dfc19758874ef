/** Keeping order among runs from the command line: filters, labels, the trash, sizes. No training: the runs are made. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { makeRun } from '../../unit/daemon/helpers.ts';
import { Rig, record } from '../rig.ts';

const rig = new Rig();
const output = path.join(rig.root, 'runs');
beforeAll(async () => {
  const daemon = await rig.connect();
  const sweep = (point: number) => ({
    id: 'g',
    name: 'grid',
    point,
    points: 2,
    values: { 'adapters.0.rank': 4 * point },
  });
  const made: Partial<RunRecord>[] = [
    {
      id: '20260101-000000-mnli',
      name: 'mnli',
      state: 'finished',
      method: 'lora',
      lastLoss: 0.5,
      step: 9,
      totalSteps: 9,
    },
    {
      id: '20260102-000000-sst2',
      name: 'sst2',
      state: 'failed',
      method: 'svft',
      lastLoss: 0.25,
      step: 2,
      totalSteps: 9,
    },
    { id: '20260103-000000-sst2', name: 'sst2', state: 'finished', method: 'lora', model: 'bert', lastLoss: 1 },
    { id: 'g-p01', name: 'grid-p01', state: 'finished', method: 'lora', sweep: sweep(1) },
    { id: 'g-p02', name: 'grid-p02', state: 'cancelled', method: 'lora', sweep: sweep(2) },
  ];
  for (const [i, more] of made.entries())
    await daemon.request('adopt', {
      run: makeRun(output, { createdAt: `2026-01-0${i + 1}T00:00:00.000Z`, ...more }).run,
    });
  for (const args of [
    ['mnli', '--title', 'Best so far', '--star', '--tag', 'paper', '--tag', 'night run'],
    ['20260102', '--archive'],
    ['grid', '--tag', 'paper'],
  ])
    expect(await rig.cli('label', ...args)).toMatchObject({ code: 0, stderr: '' });
});
afterAll(() => rig.close());

const printed = async (...args: string[]) => {
  const { code, stdout, stderr } = await rig.cli(...args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};
const ids = async (...args: string[]) =>
  (await rig.json<{ runs: { id: string }[] }>('runs', ...args)).runs.map(({ id }) =>
    id.replace('-000000', '').slice(-13),
  );

test('the list shows labels, and what is archived only where it is asked for', async () => {
  expect(await printed('runs')).toBe(`\
run                   state     method  step    loss  labels                              directory
20260101-000000-mnli  finished  lora     9/9  0.5000  ★ Best so far  #paper #"night run"  runs/20260101-000000-mnli
20260103-000000-sst2  finished  lora          1.0000                                      runs/20260103-000000-sst2

g  1 finished, 1 cancelled
  point  rank  state      step  labels  directory
      1     4  finished         #paper  runs/g-p01
      2     8  cancelled        #paper  runs/g-p02

1 run archived: --all shows all.
`);
});

test.each([
  [[], ['20260101-mnli', '20260103-sst2', 'g-p01', 'g-p02']],
  [
    ['--all', '--state', 'failed,cancelled'],
    ['20260102-sst2', 'g-p02'],
  ],
  [['--archived'], ['20260102-sst2']],
  [['--starred'], ['20260101-mnli']],
  [['--tag', 'PAPER', '--tag', 'night run'], ['20260101-mnli']],
  [['--model', 'b*'], ['20260103-sst2']],
  [['--method', 'svft', '--all'], ['20260102-sst2']],
  [['--search', 'best lora'], ['20260101-mnli']],
  [['-s', 'tag:paper state:cancelled'], ['g-p02']],
  [
    ['--limit', '2'],
    ['g-p01', 'g-p02'],
  ],
  [
    ['--sort', 'newest', '-n', '2'],
    ['g-p02', 'g-p01'],
  ],
  [
    ['--sort', 'loss', '--all', '-n', '2'],
    ['20260102-sst2', '20260101-mnli'],
  ],
  [
    ['--sort', 'name'],
    ['20260101-mnli', 'g-p01', 'g-p02', '20260103-sst2'],
  ],
  [
    ['--sort', 'rank:desc', '--state', 'finished,cancelled', '-n', '2'],
    ['g-p02', 'g-p01'],
  ],
  [['--state', 'paused,waiting'], []],
  [
    ['--sweep', 'grid'],
    ['g-p01', 'g-p02'],
  ],
])('runs %j', async (args, expected) => {
  expect(await ids(...args)).toEqual(expected);
});

test('what runs are ordered by is shown, and what none has is an error', async () => {
  expect((await printed('runs', '--sort', 'model', '--method', 'lora')).split('\n')[0]).toMatch(
    / loss {2,}model {2}labels /,
  );
  const { runs } = await rig.json<{ runs: { by: object }[] }>('runs', '--sort', 'step', '-n', '1');
  expect(runs[0]!.by).toEqual({ name: 'step', value: 9 });
  expect(await rig.cli('runs', '--sort', 'ran')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no run has "ran"[\s\S]*Did you mean rank\?/),
  });
});

test('a title finds a run; labels are in --json and on disk', async () => {
  const { runs } = await rig.json<{ runs: object[] }>('label', 'Best so far', '--untag', 'Night Run', '--no-star');
  const run = path.join(output, '20260101-000000-mnli');
  const labels = { title: 'Best so far', tags: ['paper'] };
  expect(runs).toEqual([{ id: path.basename(run), run, labels }]);
  expect(record(run).labels).toEqual(labels);
  expect(await printed('label', 'mnli', '--star')).toBe(`${path.basename(run)}: ★ Best so far  #paper\n`);
});

test('a run is removed and put back, and the list knows', async () => {
  const id = '20260103-000000-sst2';
  expect(await printed('remove', 'sst2', '--yes')).toBe(
    `1 run moved to the trash; \`rankwise restore ${id}\` puts it back.\n`,
  );
  expect([existsSync(path.join(output, id)), await ids('--model', 'bert')]).toEqual([false, []]);
  const shown = (await printed('trash'))
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, 'YYYY-MM-DD HH:MM')
    .replace(/[\d.]+ KiB/, 'SIZE');
  expect(shown).toBe(`\
run                   name  method  removed (UTC)     directory
${id}  sst2  lora    YYYY-MM-DD HH:MM  runs/.trash/${id}

1 run, SIZE. \`rankwise restore NAME\` puts one back, \`rankwise trash --empty\` deletes all.
`);
  await rig.killDaemon();
  expect(await printed('restore', 'sst2')).toBe(`${id} is back in runs/${id}\n`);
  expect(await ids('--model', 'bert')).toEqual(['20260103-sst2']);
  expect(await printed('trash')).toBe('The trash is empty.\n');
});

test('sizes are those on disk, with their sum and the trash', async () => {
  const { runs, disk } = await rig.json<{ runs: { bytes: number }[]; disk: { runs: number; trash: number } }>(
    'runs',
    '--disk',
  );
  expect(runs.every(({ bytes }) => bytes >= 4096)).toBe(true);
  expect(disk).toEqual({ runs: runs.reduce((sum, { bytes }) => sum + bytes, 0), trash: 0 });
  expect(await printed('runs', '--disk', '--sort', 'size')).toMatch(/size[\s\S]* KiB [\s\S]*\n4 runs: \d+ KiB\n/);
});

test('a whole sweep is removed and put back', async () => {
  expect(await printed('remove', 'grid', '-y')).toBe(
    '2 runs moved to the trash; `rankwise restore g` puts them back.\n',
  );
  expect((await rig.json<{ runs: { id: string }[] }>('restore', 'g')).runs.map(({ id }) => id).sort()).toEqual([
    'g-p01',
    'g-p02',
  ]);
  expect(await ids('--sweep', 'grid')).toEqual(['g-p01', 'g-p02']);
});

test('emptying deletes for good; a whole sweep goes, with a point that is gone already', async () => {
  rmSync(path.join(output, 'g-p02'), { recursive: true });
  expect(await printed('remove', 'grid', '-y')).toBe(
    '1 run moved to the trash; `rankwise restore g-p01` puts it back.\n1 run left the list: the directories were gone already.\n',
  );
  expect(await rig.json('trash', '--empty', '--yes')).toEqual({ deleted: 1, bytes: expect.any(Number) });
  expect(readdirSync(output).sort()).toEqual(['20260101-000000-mnli', '20260102-000000-sst2', '20260103-000000-sst2']);
  expect(await printed('trash', '--empty')).toBe('The trash is empty.\n');
});

test('clients hear what leaves the list and what changes', async () => {
  const daemon = await rig.connect();
  const heard: unknown[] = [];
  daemon.on('runsRemoved', ({ runs }) => heard.push(runs));
  daemon.on('runChanged', ({ run, labels }) => heard.push([run, labels]));
  const run = path.join(output, '20260102-000000-sst2');
  await daemon.request('label', { runs: [run], change: { archived: false } });
  const { removed } = await daemon.request('remove', { runs: [run] });
  await daemon.request('restore', { places: removed.map(({ place }) => place) });
  expect(heard).toEqual([[run, undefined], [run], [run, undefined]]);
});

test('a run directory from elsewhere can be labelled', async () => {
  mkdirSync(path.join(rig.root, 'elsewhere'));
  const { run } = makeRun(path.join(rig.root, 'elsewhere'), { id: 'x', state: 'finished' });
  expect(await printed('label', run, '--tag', 'a')).toBe('x: #a\n');
});

test.each([
  [['runs', '--state', 'faild'], /no state "faild"[\s\S]*Did you mean failed/],
  [['runs', '--sort', 'size,name'], /no run has "size,name"[\s\S]*There are newest, oldest, name/],
  [['runs', '--limit', '0'], /whole number from 1 on/],
  [['runs', '--search', 'state:x'], /no state:x/],
  [['runs', '--method', 'lora,'], /before and after each comma/],
  [['runs', '--all', '--archived'], /exclude each other/],
  [['label', 'mnli'], /needs what to say/],
  [['label', 'mnli', '--star', '--no-star'], /exclude each other/],
  [['label', 'mnli', '--tag', 'x'.repeat(41)], /A tag must be 1 to 40 characters/],
  [['label', 'mnli', '--title', 'a\nb'], /one line of 1 to 200/],
  [['label', 'nothing', '--star'], /error\[unknown-run\]/],
  [['remove', 'mnli'], /--yes/],
  [['restore', 'mnli'], /error\[not-in-trash\]/],
  [['trash', '--yes'], /goes with --empty/],
])('%j: exit 2 and a reason', async (args, reason) => {
  const { code, stdout, stderr } = await rig.cli(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(reason);
});

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunRecord } from '../../../server/protocol/runs.ts';

const shown = vi.hoisted(() => ({
  said: [] as string[],
  offered: [] as string[],
  /** The button to press. */
  press: '',
}));
vi.mock('vscode', async () => ({
  ...(await import('../../../bench/vscode-stub.ts')),
  window: {
    showInformationMessage: async (text: string) => void shown.said.push(text),
    showWarningMessage: async (text: string, _: object, ...items: { title: string }[]) => {
      shown.said.push(text);
      shown.offered = items.map(({ title }) => title);
      return items.find(({ title }) => title === shown.press);
    },
    showQuickPick: async (items: { label: string; picked: boolean }[]) => {
      shown.offered = items.map(({ label, picked }) => (picked ? `[${label}]` : label));
      return items.filter(({ picked }) => picked);
    },
  },
  workspace: { isTrusted: true },
}));
const { RunGroups } = await import('../../../client/run-groups.ts');
const { cancel } = await import('../../../client/commands/cancel.ts');
const { resume } = await import('../../../client/commands/resume.ts');
const { starRuns } = await import('../../../client/commands/label-runs.ts');
const { openRunsTogether } = await import('../../../client/commands/open-runs-together.ts');

const run = (name: string, state: RunRecord['state'], more: Partial<RunRecord> = {}): RunRecord => ({
  ...{ format: 1, id: name, run: `/${name}`, name, recipe: '/r.peft', state, method: 'lora', model: 'tiny' },
  ...{ step: 1, totalSteps: 2, resumes: 0, createdAt: '2026-01-01T00:00:00Z' },
  ...more,
});
const point = (n: number, state: RunRecord['state']) =>
  run(`p${n}`, state, { sweep: { id: 's', name: 'grid', point: n, points: 3, values: { rank: n } } });

let asked: string[];
let together: string[];
beforeEach(() => Object.assign(shown, { said: [], offered: [], press: '' }));

/** @param hidden runs that the filter of the view hides. */
function services(records: RunRecord[], hidden: readonly string[] = []) {
  asked = [];
  together = [];
  const groups = new RunGroups();
  groups.reset(records);
  groups.filter(({ name }) => !hidden.includes(name));
  const request = async (name: string, params: { run?: string; sweep?: string }) => {
    asked.push(`${name} ${params.run ?? params.sweep}`);
    return { ...records[0], runs: records };
  };
  return {
    daemon: { request },
    runs: {
      all: () => records,
      get: (path: string) => records.find((record) => record.run === path),
      refresh: async () => {},
      put: () => {},
    },
    runsView: { tree: { groups }, selection: [] },
    panels: { show: () => {}, showTogether: (own: string, others: string[]) => together.push(own, ...others) },
  } as never;
}
const sweep = { sweep: 's' };
const points = () => [point(1, 'running'), point(2, 'queued'), point(3, 'queued')];

describe('cancel', () => {
  it('of a sweep that is shown whole asks nobody', async () => {
    await cancel(services(points()), sweep, undefined);
    expect([asked, shown.said]).toEqual([['cancelSweep s'], []]);
  });

  it('of a sweep of which a filter hides points asks which are meant', async () => {
    const filtered = () => services(points(), ['p2']);
    shown.press = 'Cancel the 2 Shown';
    await cancel(filtered(), sweep, undefined);
    expect(shown.said).toEqual(['2 of the 3 points of grid that are in progress are shown. Cancel which?']);
    // The queue first: else its next would begin.
    expect(asked).toEqual(['cancel /p3', 'cancel /p1']);
    shown.press = 'Cancel All 3';
    await cancel(filtered(), sweep, undefined);
    expect(asked).toEqual(['cancelSweep s']);
    shown.press = 'Do Nothing';
    await cancel(filtered(), sweep, undefined);
    expect(asked).toEqual([]);
  });

  it('counts only the points that it is about, and offers none where none is shown', async () => {
    const all = [point(1, 'running'), point(2, 'finished'), point(3, 'finished')];
    await cancel(services(all, ['p3']), sweep, undefined);
    expect([asked, shown.said]).toEqual([['cancelSweep s'], []]);
    await cancel(services(all, ['p1']), sweep, undefined);
    expect(shown.offered).toEqual(['Cancel All 1', 'Do Nothing']);
  });

  it('is for all lines that are selected, and for each run once', async () => {
    const single = run('a', 'running');
    const [a, p1] = [{ run: '/a' }, { run: '/p1' }];
    await cancel(services([single, run('b', 'finished'), ...points()]), a, [a, { run: '/b' }, sweep, p1]);
    expect(asked).toEqual(['cancelSweep s', 'cancel /a']);
  });
});

it('resume of several lines says where none can be resumed', async () => {
  const [a, b] = [run('a', 'finished'), run('b', 'running')];
  await resume(services([a, b]), a, [a, b]);
  expect([asked, shown.said]).toEqual([[], ['There is no run to resume.']]);
});

it('a list of runs is not said to be empty where there are runs that do not fit', async () => {
  await starRuns(services([run('a', 'finished', { labels: { starred: true } })]), undefined, undefined);
  await starRuns(services([]), undefined, undefined);
  expect(shown.said).toEqual(['All runs have a star already.', 'There are no runs yet.']);
});

describe('open together', () => {
  it('lays the points of a sweep that have curves over its first', async () => {
    await openRunsTogether(services([...points(), point(4, 'finished'), run('a', 'finished')]), sweep, undefined);
    expect(together).toEqual(['/p1', '/p4']);
  });

  it('asks which of many points, the best of them ticked', async () => {
    const many = Array.from({ length: 40 }, (_, i) => point(i + 1, 'finished'));
    await openRunsTogether(services([...many, run('a', 'finished')]), sweep, undefined);
    expect([shown.offered.length, together.length]).toEqual([40, 12]);
  });

  it('opens the run that was clicked, with the others over it', async () => {
    const nodes = [{ run: '/b' }, { run: '/a' }];
    await openRunsTogether(services([run('a', 'finished'), run('b', 'finished')]), nodes[1], nodes);
    expect(together).toEqual(['/a', '/b']);
  });
});

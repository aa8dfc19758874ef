import { beforeEach, describe, expect, it } from 'vitest';
import { type Entry, RunGroups } from '../../../client/run-groups.ts';
import type { RunRecord, RunState } from '../../../server/protocol/runs.ts';

let minute = 0;
/** Each is newer than the one before. */
const run = (name: string, state: RunState, more: Partial<RunRecord> = {}): RunRecord => ({
  ...{ format: 1, id: name, run: `/runs/${name}`, name, recipe: '/r.peft', state, method: 'lora', model: 'tiny' },
  ...{ step: 1, totalSteps: 2, createdAt: new Date(60_000 * minute++).toISOString(), resumes: 0, ...more },
});
const point = (id: string, number: number, state: RunState, more: Partial<RunRecord> = {}) =>
  run(`${id}-p${number}`, state, {
    sweep: { id, name: id, point: number, points: 2, values: { rank: number } },
    ...more,
  });
const label = (entry: Entry) => ('run' in entry ? entry.run.name : `${entry.sweep.id}*${entry.sweep.runs.length}`);
const shown = (groups: RunGroups) => Object.fromEntries(groups.ids().map((id) => [id, groups.entries(id).map(label)]));

let groups: RunGroups;
beforeEach(() => {
  minute = 0;
  groups = new RunGroups();
});
const made = (...records: RunRecord[]) => {
  groups.reset(records);
  return shown(groups);
};

describe('order', () => {
  it('puts what runs first, the queue in its order, then what stopped, then what finished', () => {
    const all = [run('old', 'finished'), run('now', 'running'), run('first', 'queued'), run('second', 'queued')];
    expect(made(...all, run('broken', 'failed'), run('new', 'finished'))).toEqual({
      active: ['now', 'first', 'second'],
      stopped: ['broken'],
      finished: ['new', 'old'],
    });
  });

  it('has a sweep as one line, in progress as long as one of its points is', () => {
    const all = [point('new', 1, 'finished'), run('single', 'finished'), point('new', 2, 'queued')];
    expect(
      made(...all, point('done', 1, 'finished'), point('broken', 2, 'failed'), point('broken', 1, 'finished')),
    ).toEqual({ active: ['new*2'], stopped: ['broken*2'], finished: ['done*1', 'single'] });
  });

  it('has the starred first and the archived by themselves, but never reorders the queue', () => {
    const starred = { labels: { starred: true as const } };
    const archived = { labels: { archived: true as const } };
    const all = [run('star', 'finished', starred), run('plain', 'finished'), run('away', 'failed', archived)];
    expect(
      made(...all, run('first', 'queued'), run('eager', 'queued', starred), run('on', 'running', archived)),
    ).toEqual({
      active: ['on', 'first', 'eager'],
      finished: ['star', 'plain'],
      archived: ['away'],
    });
  });

  it('archives a sweep when all of its points are', () => {
    const archived = { labels: { archived: true as const } };
    expect(made(point('s', 1, 'finished', archived), point('s', 2, 'finished'))).toEqual({ finished: ['s*2'] });
    groups.put(point('s', 2, 'finished', archived));
    expect(shown(groups)).toEqual({ archived: ['s*2'] });
  });
});

describe('a filter', () => {
  it('shows runs and points that match, and counts them', () => {
    made(run('a', 'failed'), run('b', 'finished'), point('s', 1, 'failed'), point('s', 2, 'finished'));
    groups.filter(({ state }) => state === 'failed');
    expect(shown(groups)).toEqual({ stopped: ['s*1', 'a'] });
    expect([groups.shown, groups.total]).toEqual([2, 4]);
    expect(groups.points('s').map(({ name }) => name)).toEqual(['s-p1']);
    groups.filter(() => true);
    expect([groups.shown, groups.total]).toEqual([4, 4]);
  });

  it('goes on to hold for runs that change', () => {
    const a = run('a', 'running');
    made(a);
    groups.filter(({ state }) => state === 'running');
    expect(groups.put({ ...a, state: 'finished' })).toBe(true);
    expect(shown(groups)).toEqual({});
    expect(groups.put(run('b', 'running'))).toBe(true);
    expect([shown(groups), groups.shown]).toEqual([{ active: ['b'] }, 1]);
  });
});

describe('one change', () => {
  it('says whether a line moved', () => {
    const a = run('a', 'running');
    made(a, run('b', 'running'), point('s', 1, 'running'));
    expect(groups.put({ ...a, step: 2 })).toBe(false);
    expect(groups.put({ ...a, state: 'failed' })).toBe(true);
    expect(groups.put(point('s', 2, 'queued'))).toBe(true);
  });

  it('leaves the order that all of them anew would have, whatever happens', () => {
    const states: RunState[] = ['queued', 'running', 'finished', 'failed'];
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * n);
    };
    let seed = 7;
    const now = new Map<string, RunRecord>();
    made();
    for (let i = 0; i < 400; i++) {
      const n = random(30);
      const known = [...now.values()].find(({ name }) => name === (n < 10 ? `s${n % 3}-p${n}` : `r${n}`));
      const record = known ?? (n < 10 ? point(`s${n % 3}`, n, 'queued') : run(`r${n}`, 'queued'));
      const labels = {
        ...(random(3) === 0 && { starred: true as const }),
        ...(random(4) === 0 && { archived: true as const }),
      };
      const next = { ...record, state: states[random(4)]!, labels };
      now.set(next.run, next);
      groups.put(next);
    }
    const anew = new RunGroups();
    anew.reset(now.values());
    expect(shown(groups)).toEqual(shown(anew));
    expect(groups.shown).toBe(now.size);
  });
});

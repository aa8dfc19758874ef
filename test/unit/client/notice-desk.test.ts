import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fieldPlace } from '../../../client/field-place.ts';
import { type Nearness, NoticeDesk } from '../../../client/notice-desk.ts';
import type { NoticeSubject, RunNotice } from '../../../server/protocol/notices.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';

const run = (more: Partial<RunRecord>): RunRecord =>
  ({ run: '/r', name: 'r', state: 'finished', ...more }) as RunRecord;

/** Windows on one daemon that gives each notice once; what each of them says. */
function windows(...nearness: Nearness[]) {
  const records = new Map<string, RunRecord>();
  const given = new Set<string>();
  const asked: number[] = [];
  const said = nearness.map((): { about: NoticeSubject; record: RunRecord }[][] => []);
  const claim = (window: number) => async (notices: RunNotice[]) => {
    asked.push(window);
    return notices.map(({ run, about }) => {
      const first = !given.has(run + about);
      given.add(run + about);
      if (about === 'end') records.set(run, { ...records.get(run)!, untold: undefined } as never);
      return first;
    });
  };
  const desks = nearness.map(
    (near, i) =>
      new NoticeDesk({
        get: (path) => records.get(path),
        points: (id) => [...records.values()].filter(({ sweep }) => sweep?.id === id),
        nearness: () => near,
        claim: claim(i),
        say: (granted) => said[i]!.push(granted),
        fail: (error) => {
          throw error;
        },
      }),
  );
  const change = (record: RunRecord) => {
    records.set(record.run, record);
    for (const desk of desks) desk.consider(record);
  };
  return {
    change,
    said,
    asked,
    texts: () => said.map((all) => all.flat().map(({ about, record }) => about + record.run)),
  };
}

describe('a notice', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const settle = () => vi.advanceTimersByTimeAsync(5000);

  it('of an end is shown once, in the window where the user is, and not again', async () => {
    const { change, texts, asked } = windows('concerned', 'focused', 'other');
    change(run({ untold: true }));
    await settle();
    expect(texts()).toEqual([[], ['end/r'], []]);
    // The others have heard meanwhile that it is told.
    expect(asked).toEqual([1]);
    change(run({}));
    await settle();
    expect(texts().flat()).toHaveLength(1);
  });

  it('is shown by a window of another folder where no other is open', async () => {
    const { change, texts } = windows('other');
    change(run({ untold: true }));
    await settle();
    expect(texts()).toEqual([['end/r']]);
  });

  it('is shown nowhere when the user watches the run', async () => {
    const { change, texts, asked } = windows('watching', 'concerned');
    change(run({ untold: true }));
    await settle();
    expect([texts(), asked]).toEqual([[[], []], [0]]);
  });

  it('of a run that is held up is shown while it is', async () => {
    const { change, texts } = windows('focused');
    const paused = { reason: 'disk-full', path: '/p', since: 't' } as const;
    change(run({ state: 'running', paused }));
    change(run({ state: 'running' }));
    await settle();
    expect(texts()).toEqual([[]]);
    change(run({ state: 'running', paused }));
    await settle();
    expect(texts()).toEqual([['paused/r']]);
  });

  it('of a sweep comes when none of its points is left, for all of them together', async () => {
    const { change, said } = windows('focused');
    const sweep = { id: 's', name: 's', point: 1, points: 2, values: {} };
    change(run({ run: '/2', state: 'running', sweep }));
    change(run({ run: '/1', untold: true, sweep }));
    await settle();
    expect(said).toEqual([[]]);
    change(run({ run: '/2', state: 'failed', untold: true, sweep }));
    await settle();
    expect(said[0]!.map((granted) => granted.map(({ record }) => record.run).sort())).toEqual([['/1', '/2']]);
  });
});

describe('the place of a field', () => {
  const recipe = 'version: 1\ntraining:\n  # learning_rate: no\n  optimizer: { name: adamw, learning_rate: 1.0e-3 }\n';
  it('is its name, or the nearest section that is written', () => {
    const at = (field: string) => {
      const place = fieldPlace(recipe, field);
      return place === undefined ? undefined : recipe.slice(place, place + 13);
    };
    expect(at('training.optimizer.learning_rate')).toBe('learning_rate');
    expect(fieldPlace(recipe, 'training.optimizer.learning_rate')).toBe(recipe.lastIndexOf('learning_rate'));
    expect(at('training.scheduler.name')).toBe('training:\n  #');
    expect(at('data.train')).toBeUndefined();
  });
});

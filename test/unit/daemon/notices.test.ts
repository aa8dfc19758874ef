import { describe, expect, test } from 'vitest';
import { Notices, news } from '../../../server/daemon/notices.ts';
import { fold, readRecord } from '../../../server/daemon/record.ts';
import { RunStore } from '../../../server/daemon/store.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { event, makeRun, openStore, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
const time = '2026-01-01T00:00:01.000Z';

describe('who asks first is the one that tells', () => {
  test('of an end, also when the daemon is started again', async () => {
    const store = new RunStore(root(), () => {});
    const record = makeRun(root(), { state: 'running' });
    await store.add(record);
    const end = { run: record.run, about: 'end' } as const;
    expect(await new Notices(store).claim([end])).toEqual([false]);
    await store.save(news(fold(record, event.finished(1))));
    expect(readRecord(record.run)).toMatchObject({ untold: true });
    const notices = new Notices(store);
    expect(await Promise.all([notices.claim([end]), notices.claim([end])])).toEqual([[true], [false]]);
    const later = await openStore(root());
    expect(later.get(record.run)).toMatchObject({ state: 'finished' });
    expect(await new Notices(later).claim([end])).toEqual([false]);
  });

  test('of each pause and each warning for itself', async () => {
    const store = new RunStore(root(), () => {});
    const record = makeRun(root(), { state: 'running' });
    await store.add(record);
    const notices = new Notices(store);
    const asks = () =>
      notices.claim((['paused', 'attention', 'stalled'] as const).map((about) => ({ run: record.run, about })));
    const pause = (at: string): RunEvent => ({ event: 'paused', time: at, step: 1, reason: 'disk-full', path: '/p' });
    const warning: RunEvent = { event: 'warning', time, step: 3, code: 'zero-gradient', message: 'm' };
    store.put(fold(fold(record, pause('1')), warning));
    expect([await asks(), await asks()]).toEqual([
      [true, true, false],
      [false, false, false],
    ]);
    store.put(fold(fold(store.get(record.run)!, { event: 'continued', time, step: 1, seconds: 1 }), pause('2')));
    expect(await asks()).toEqual([true, false, false]);
  });
});

test('what asks for attention is that of this attempt, and being cancelled is no news', () => {
  const warning: RunEvent = { event: 'warning', time, step: 3, code: 'zero-gradient', message: 'm' };
  const record = fold(makeRun(root()), warning);
  expect(fold(record, event.finished(3))).toHaveProperty('attention');
  expect(fold(record, event.resumed(1))).not.toHaveProperty('attention');
  expect(fold(record, { ...warning, code: 'worse-than-base' })).toEqual(record);
  expect(news(fold(record, { event: 'cancelled', time, step: 3, run: '/r' }))).not.toHaveProperty('untold');
});

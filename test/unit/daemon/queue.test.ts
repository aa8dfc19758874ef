import { expect, test } from 'vitest';
import { JobQueue, type QueuedJob } from '../../../server/daemon/queue.ts';

function setUp(concurrency: number) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  let idle = 0;
  const work = ({ run }: QueuedJob) => {
    started.push(run);
    return new Promise<void>((resolve) => ends.set(run, resolve));
  };
  const queue = new JobQueue({ concurrency, work, onIdle: () => idle++ });
  const add = (run: string) => queue.add({ run, resume: false, allowDifferentBackend: false });
  const end = async (run: string) => {
    ends.get(run)!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, started, add, end, idle: () => idle };
}

test('one at a time, in the order in which they came', async () => {
  const { queue, started, add, end, idle } = setUp(1);
  for (const run of ['a', 'b', 'c']) add(run);
  expect([started, queue.size, queue.waitingCount]).toEqual([['a'], 3, 2]);
  await end('a');
  expect(started).toEqual(['a', 'b']);
  await end('b');
  await end('c');
  expect([started, queue.size, idle()]).toEqual([['a', 'b', 'c'], 0, 1]);
});

test('only what waits can be taken out', async () => {
  const { queue, started, add, end } = setUp(1);
  for (const run of ['a', 'b', 'c']) add(run);
  expect([queue.remove('a'), queue.remove('b'), queue.remove('b')]).toEqual([false, true, false]);
  await end('a');
  expect(started).toEqual(['a', 'c']);
});

test('several at a time, where that is set', () => {
  const { started, add } = setUp(2);
  for (const run of ['a', 'b', 'c']) add(run);
  expect(started).toEqual(['a', 'b']);
});

test('a closed queue starts nothing more', async () => {
  const { queue, started, add, end } = setUp(1);
  for (const run of ['a', 'b']) add(run);
  queue.close();
  await end('a');
  expect([started, queue.size]).toEqual([['a'], 1]);
});

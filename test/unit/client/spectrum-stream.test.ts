import { beforeEach, expect, test, vi } from 'vitest';
import { SpectrumStream } from '../../../client/spectrum-stream.ts';
import { RankwiseError } from '../../../server/base/errors.ts';

type Listener = (params: never) => void;

/** A daemon that numbers its tasks; `say` is a notification. */
class Daemon {
  requests: string[] = [];
  refuse = false;
  daemon: object | undefined = {};
  private readonly listeners = new Map<string, Set<Listener>>();
  private tasks = 0;
  async request(name: string, params: { task?: string; kernel?: string }) {
    this.requests.push(name === 'spectrum' ? name : `${name} ${params.task}`);
    if (this.refuse) throw new RankwiseError('daemon-not-running', 'No.');
    return { task: String(++this.tasks) };
  }
  on(name: string, listener: Listener) {
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set.add(listener));
    return () => set.delete(listener);
  }
  say(name: string, params: object = {}) {
    for (const listener of this.listeners.get(name) ?? []) listener(params as never);
  }
}

let daemon: Daemon;
let seen: unknown[];
let stream: SpectrumStream;
beforeEach(() => {
  daemon = new Daemon();
  seen = [];
  stream = new SpectrumStream({
    daemon: daemon as never,
    params: () => ({ model: '/m' }),
    onItems: (items) => seen.push(...items),
    onEnd: ({ result, error }) => seen.push(result ? 'result' : (error?.code ?? 'stopped')),
  });
});
const settle = () => new Promise((resolve) => setImmediate(resolve));
const ended = (task: string, code?: string) =>
  daemon.say('spectrumEnded', code ? { task, error: { code } } : { task, result: {} });

test("its own task's items and end reach it, and no other's", async () => {
  await stream.start();
  daemon.say('spectrumItems', { task: '1', items: ['a', 'b'] });
  daemon.say('spectrumItems', { task: '9', items: ['x'] });
  ended('9');
  ended('1');
  daemon.say('spectrumItems', { task: '1', items: ['late'] });
  expect(seen).toEqual(['a', 'b', 'result']);
});

test('a second start ends the first, also one that has no answer yet', async () => {
  const first = stream.start();
  await stream.start();
  await first;
  expect(daemon.requests).toEqual(['spectrum', 'spectrum', 'stopSpectrum 1']);
  await stream.start();
  expect(daemon.requests.slice(3)).toEqual(['stopSpectrum 2', 'spectrum']);
});

test('stopped says so once, and nothing more comes', async () => {
  await stream.start();
  stream.stop();
  stream.stop();
  daemon.say('spectrumItems', { task: '1', items: ['late'] });
  expect([seen, daemon.requests]).toEqual([['stopped'], ['spectrum', 'stopSpectrum 1']]);
});

test('stopped before the answer, it is stopped as well', async () => {
  const asked = stream.start();
  stream.stop();
  await asked;
  expect([seen, daemon.requests]).toEqual([['stopped'], ['spectrum', 'stopSpectrum 1']]);
});

test('a lost daemon is asked again, also where it still seems to be there, but not for ever', async () => {
  vi.useFakeTimers();
  try {
    await stream.start();
    daemon.say('disconnected');
    await vi.advanceTimersByTimeAsync(300);
    daemon.refuse = true;
    daemon.say('disconnected');
    await vi.advanceTimersByTimeAsync(600);
    daemon.refuse = false;
    await vi.advanceTimersByTimeAsync(900);
    expect([daemon.requests, seen]).toEqual([Array(4).fill('spectrum'), []]);
    daemon.say('disconnected');
    await vi.advanceTimersByTimeAsync(5000);
    expect([daemon.requests.length, seen]).toEqual([4, ['daemon-connection-lost']]);
  } finally {
    vi.useRealTimers();
  }
});

test('one that was stopped is asked again when the next one is there', async () => {
  await stream.start();
  ended('1', 'daemon-stopped');
  daemon.say('disconnected');
  await settle();
  expect(daemon.requests).toEqual(['spectrum']);
  daemon.say('connected');
  await settle();
  ended('2');
  daemon.say('connected');
  await settle();
  expect([daemon.requests, seen]).toEqual([
    ['spectrum', 'spectrum'],
    ['daemon-stopped', 'result'],
  ]);
});

test('an error of the request is the end', async () => {
  daemon.refuse = true;
  await stream.start();
  expect(seen).toEqual(['daemon-not-running']);
});

test('disposed, it is silent and its task ended', async () => {
  await stream.start();
  stream.dispose();
  ended('1');
  daemon.say('connected');
  expect([seen, daemon.requests]).toEqual([[], ['spectrum', 'stopSpectrum 1']]);
});

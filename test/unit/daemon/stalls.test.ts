import { describe, expect, test } from 'vitest';
import { type Stall, Stalls } from '../../../server/daemon/stalls.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';

const step = (seconds: number) => ({ event: 'step', step: 1, step_seconds: seconds }) as RunEvent;
const event = (name: RunEvent['event'], more: object = {}) => ({ event: name, ...more }) as RunEvent;

/** Stalls by a clock of the test's own; `wait` lets seconds pass with a look every five, and uses a share of a processor. */
function watched() {
  let now = 0;
  let used: number | undefined = 0;
  const told: (Stall | 'works')[] = [];
  const stalls = new Stalls({
    now: () => now,
    stalled: (_, stall) => told.push(stall),
    works: () => told.push('works'),
    processorSeconds: () => used,
  });
  stalls.begin('/r');
  const look = (seconds: number) => {
    now += 1000 * seconds;
    stalls.look();
  };
  const wait = (seconds: number, share?: number) => {
    for (let passed = 0; passed < seconds; passed += 5) {
      used = share === undefined ? undefined : (used ?? 0) + 5 * share;
      look(5);
    }
  };
  return { stalls, told, look, wait };
}

describe('a run that trains and says nothing', () => {
  test('for a minute and 20 usual steps is told of once, and again after it has spoken', () => {
    const { stalls, told, wait } = watched();
    stalls.heard('/r', step(1));
    wait(60);
    expect(told).toEqual([]);
    wait(60);
    expect(told).toEqual([{ silent: 65, phase: 'training', usual: 1 }]);
    stalls.heard('/r', step(1));
    wait(65);
    expect(told).toHaveLength(2);
    stalls.end('/r');
  });

  test('may take 20 times as long as its steps usually do, and three times its longest compilation', () => {
    const { stalls, told, wait } = watched();
    stalls.heard('/r', step(10));
    wait(195);
    expect(told).toEqual([]);
    stalls.heard('/r', event('compiled', { seconds: 100 }));
    wait(300);
    expect(told).toEqual([]);
    wait(10);
    expect(told).toMatchObject([{ silent: 305, usual: 10 }]);
    stalls.end('/r');
  });

  test('is not stalled while it waits for room', () => {
    const { stalls, told, wait } = watched();
    stalls.heard('/r', step(1));
    stalls.heard('/r', event('paused'));
    wait(4000, 0);
    expect(told).toEqual([]);
    stalls.heard('/r', event('continued'));
    wait(65);
    expect(told).toHaveLength(1);
    stalls.end('/r');
  });

  test('on a machine that slept is not stalled', () => {
    const { stalls, told, look, wait } = watched();
    stalls.heard('/r', step(1));
    wait(30);
    look(8 * 3600);
    expect(told).toEqual([]);
    wait(25);
    expect(told).toHaveLength(1);
    stalls.end('/r');
  });
});

describe('in a phase that may take any time', () => {
  let matrices = 0;
  test.each([
    ['starting', () => {}],
    ['decomposing', (stalls: Stalls) => stalls.heard('/r', event('preparing', { done: ++matrices }))],
    ['loading', (stalls: Stalls) => stalls.doing('/r', 'loading')],
    ['encoding', (stalls: Stalls) => stalls.heard('/r', event('encoding'))],
    ['first step', (stalls: Stalls) => stalls.heard('/r', event('started'))],
    ['evaluating', (stalls: Stalls) => stalls.doing('/r', 'evaluating')],
    ['sampling', (stalls: Stalls) => stalls.doing('/r', 'sampling')],
    ['writing', (stalls: Stalls) => stalls.doing('/r', 'writing')],
    ['ending', (stalls: Stalls) => stalls.heard('/r', event('finished'))],
  ] as const)(
    '%s: a silent worker that works is left alone, one that only waits is told of with the phase',
    (phase, enter) => {
      const { stalls, told, wait } = watched();
      enter(stalls);
      wait(1700, 0.05);
      expect(told).toEqual([]);
      stalls.begin('/r');
      enter(stalls);
      wait(175, 0.001);
      expect(told).toEqual([]);
      wait(10, 0.001);
      expect(told).toEqual([{ silent: 180, phase }]);
      stalls.end('/r');
    },
  );

  test('half an hour of silence is told of whatever the processor does, and where that is not known', () => {
    for (const share of [1, undefined]) {
      const { stalls, told, wait } = watched();
      stalls.doing('/r', 'evaluating');
      wait(1800, share);
      expect(told).toEqual([]);
      wait(5, share);
      expect(told).toEqual([{ silent: 1805, phase: 'evaluating' }]);
      stalls.end('/r');
    }
  });

  test('one that was told of and works again is said to, before it speaks', () => {
    const { stalls, told, wait } = watched();
    wait(200, 0);
    wait(5, 1);
    expect(told).toEqual([{ silent: 180, phase: 'starting' }, 'works']);
    stalls.end('/r');
  });

  test('signs of life keep it from being told of, but not a clock that tells of the same decompositions', () => {
    const { stalls, told, wait } = watched();
    for (let i = 0; i < 50; i++) {
      stalls.doing('/r', 'evaluating');
      wait(60, 0);
    }
    for (let i = 0; i < 37; i++) {
      stalls.heard('/r', event('preparing', { done: 3 }));
      wait(5, 0);
    }
    expect(told).toEqual([{ silent: 180, phase: 'decomposing' }]);
    expect(stalls.heard('/r', event('preparing', { done: 3 }))).toBe(false);
    expect(stalls.heard('/r', event('preparing', { done: 4 }))).toBe(true);
    stalls.end('/r');
  });

  test('a worker that waits for others to measure may be idle', () => {
    const { stalls, told, wait } = watched();
    stalls.heard('/r', event('calibrating'));
    wait(1700, 0);
    expect(told).toEqual([]);
    stalls.end('/r');
  });
});

import { describe, expect, test } from 'vitest';
import { Stalls } from '../../../server/daemon/stalls.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';

const step = (seconds: number) => ({ event: 'step', step: 1, step_seconds: seconds }) as RunEvent;

/** Stalls by a clock of the test's own; `wait` lets seconds pass with a look every five. */
function watched() {
  let now = 0;
  const told: [silent: number, usual: number][] = [];
  const stalls = new Stalls({ now: () => now, stalled: (_, silent, usual) => told.push([silent, usual]) });
  stalls.begin('/r');
  const look = (seconds: number) => {
    now += 1000 * seconds;
    stalls.look();
  };
  const wait = (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 5) look(5);
  };
  return { stalls, told, look, wait };
}

describe('a run that says nothing', () => {
  test('for a minute and 20 usual steps is told of once, and again after it has spoken', () => {
    const { stalls, told, wait } = watched();
    stalls.heard('/r', step(1));
    wait(60);
    expect(told).toEqual([]);
    wait(60);
    expect(told).toEqual([[65, 1]]);
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
    stalls.heard('/r', { event: 'compiled', seconds: 100 } as RunEvent);
    wait(300);
    expect(told).toEqual([]);
    wait(10);
    expect(told).toEqual([[305, 10]]);
    stalls.end('/r');
  });

  test('before its first step, while it evaluates or writes, or waits for room, is not stalled', () => {
    const { stalls, told, wait } = watched();
    wait(1000);
    stalls.heard('/r', step(1));
    stalls.doing('/r', 'evaluating');
    wait(1000);
    stalls.doing('/r', 'training');
    stalls.heard('/r', { event: 'paused' } as RunEvent);
    wait(1000);
    expect(told).toEqual([]);
    stalls.heard('/r', { event: 'continued' } as RunEvent);
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

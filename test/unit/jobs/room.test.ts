import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Journal } from '../../../server/jobs/journal.ts';
import { Room } from '../../../server/jobs/room.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { temporaryFolder } from '../daemon/helpers.ts';

const root = temporaryFolder();
const full = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

/** A room on a disk with `free` bytes, and what it tells. */
function roomOn(free: () => number | undefined, signal = new AbortController().signal) {
  const told: unknown[] = [];
  const room = new Room({
    run: '/runs/r',
    signal,
    paused: (pause) => told.push(pause),
    continued: () => told.push('continued'),
    interval: 1,
    free,
  });
  return { room, told };
}

describe('what does not fit', () => {
  test('is tried again when there is room for it, not before, and the pause is told once', async () => {
    let [free, tries] = [10, 0];
    const { room, told } = roomOn(() => {
      free += 10;
      return free;
    });
    const write = () => {
      tries++;
      if (free < 100) throw full();
      return 'written';
    };
    expect(await room.through({ path: '/runs/r/c', bytes: 100 }, write)).toBe('written');
    expect(tries).toBe(2);
    expect(told).toEqual([{ reason: 'disk-full', path: '/runs/r/c', needed: 100 }, 'continued']);
  });

  test('is tried now and then where what is free tells nothing, as with a quota', async () => {
    let tries = 0;
    const { room } = roomOn(() => 5);
    await room.through({ path: '/p', bytes: 100 }, () => {
      if (tries++ < 2) throw full();
    });
    expect(tries).toBe(3);
  });

  test('fails with disk-full when the run is cancelled meanwhile', async () => {
    const cancel = new AbortController();
    const { room, told } = roomOn(() => 5, cancel.signal);
    const through = room.through({ path: '/p', bytes: 0 }, () => {
      setTimeout(() => cancel.abort(), 5);
      throw full();
    });
    await expect(through).rejects.toMatchObject({ code: 'disk-full' });
    expect(told).toHaveLength(1);
  });

  test('any other fault is thrown at once', async () => {
    const { room, told } = roomOn(() => 5);
    const refused = Object.assign(new Error('no'), { code: 'EACCES' });
    await expect(room.through({ path: '/p', bytes: 0 }, () => Promise.reject(refused))).rejects.toBe(refused);
    expect(told).toEqual([]);
  });
});

test.skipIf(process.platform !== 'linux')(
  'events that do not fit wait in their order, and none is lost or doubled',
  () => {
    const told: string[] = [];
    const log = path.join(root(), 'log.txt');
    symlinkSync('/dev/full', log);
    const journal = new Journal(root(), ({ event }: RunEvent) => told.push(event));
    journal.emit({ event: 'warning', step: 1, code: 'c', message: 'm' });
    expect(journal.isBehind).toBe(true);
    journal.emitAtOnce({ event: 'paused', step: 1, reason: 'disk-full', path: '/p' });
    expect(told).toEqual(['paused']);
    expect(() => journal.flush()).toThrow(expect.objectContaining({ code: 'disk-full' }));
    rmSync(log);
    journal.emit({ event: 'continued', step: 1, seconds: 3 });
    expect(told).toEqual(['paused', 'warning', 'continued']);
    journal.close();
    const written = readFileSync(path.join(root(), 'metrics.jsonl'), 'utf8').trim().split('\n');
    expect(written.map((line) => JSON.parse(line).event)).toEqual(['warning', 'paused', 'continued']);
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(3);
  },
);

test.skipIf(process.platform !== 'linux')('what never fits is told all the same', () => {
  const told: string[] = [];
  symlinkSync('/dev/full', path.join(root(), 'log.txt'));
  const journal = new Journal(root(), ({ event }: RunEvent) => told.push(event));
  journal.emit({ event: 'cancelled', step: 1, run: root() });
  journal.close();
  expect(told).toEqual(['cancelled']);
});

/**
 * A lock between processes that outlives no crash: a file that names its holder. Node has no flock, so staleness is decided by the
 * holder's identity (pid and start time), and a stale file is replaced only by whoever holds the lock on *that* replacement.
 */
import { createHash, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isAlive, type ProcessIdentity } from './processes.ts';

export interface Lock {
  release(): void;
}

/** Takes the lock, or names the living process that holds it. */
export async function acquireLock(file: string): Promise<{ lock: Lock } | { holder: ProcessIdentity }> {
  const mine = JSON.stringify({ ...identityOf(), nonce: randomBytes(8).toString('hex') });
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, mine, { mode: 0o600 });
  try {
    for (;;) {
      // link(2) is atomic and fails when the target exists: the file is never there without its content.
      if (linked(temporary, file)) return { lock: held(file, mine) };
      const found = read(file);
      if (found === undefined) continue; // just released
      const holder = parse(found);
      if (holder && isAlive(holder)) return { holder };
      if (await replaceStale(temporary, file, found)) return { lock: held(file, mine) };
      await sleep(5);
    }
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Only one process at a time may replace a given stale content, so nobody removes a lock that someone has just taken. */
async function replaceStale(temporary: string, file: string, stale: string): Promise<boolean> {
  const takeover = await acquireLock(`${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 12)}`);
  if (!('lock' in takeover)) return false;
  try {
    if (read(file) !== stale) return false;
    renameSync(temporary, file);
    return true;
  } finally {
    takeover.lock.release();
  }
}

const held = (file: string, mine: string): Lock => ({
  release: () => {
    if (read(file) === mine) rmSync(file, { force: true });
  },
});

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): ProcessIdentity | undefined {
  try {
    const { pid, startTime } = JSON.parse(text) as ProcessIdentity;
    return { pid, ...(startTime !== undefined && { startTime }) };
  } catch {
    return undefined; // torn by a crash of the whole machine: nobody holds it
  }
}

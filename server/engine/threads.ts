/** How many threads the native kernels get where nobody says: all cores that this process may use. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

/** A container's share of the processor as well, which older versions of Node do not look at. */
export const defaultThreads = (): number =>
  Math.max(1, Math.min(availableParallelism(), Math.ceil(cgroupShare() ?? Number.POSITIVE_INFINITY)));

/** Processors that Linux's control groups leave this process (cpu.max of each group above it, version 2); undefined: no limit. */
export function cgroupShare(root = '/sys/fs/cgroup', self = '/proc/self/cgroup'): number | undefined {
  const group = /^0::(.*)$/m.exec(read(self) ?? '')?.[1];
  if (group === undefined) return undefined;
  const shares: number[] = [];
  for (let folder = path.join(root, group); folder.startsWith(root); folder = path.dirname(folder)) {
    const [quota, period] = (read(path.join(folder, 'cpu.max')) ?? '').trim().split(' ').map(Number);
    if (quota !== undefined && period !== undefined && quota > 0 && period > 0) shares.push(quota / period);
  }
  return shares.length > 0 ? Math.min(...shares) : undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // another system, or not limited here
  }
}

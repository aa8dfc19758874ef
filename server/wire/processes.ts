/** Who a process is. A pid alone is not enough: it is given out again after its process is gone. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  pid: number;
  /** When the process started, in the system's own terms; undefined where the system does not tell. */
  startTime?: string;
}

/** The identity of a living process (this one by default). */
export function identityOf(pid: number = process.pid): ProcessIdentity {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? { pid } : { pid, startTime };
}

/** Whether that very process still lives. A zombie (dead, not yet reaped) does not count. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to someone else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (process.platform === 'linux' && linuxStat(pid)?.state === 'Z') return false;
  if (startTime === undefined) return true;
  const now = startTimeOf(pid);
  return now === undefined || now === startTime;
}

/** Waits until the process is gone; false when it still lives after `milliseconds`. */
export async function waitUntilGone(identity: ProcessIdentity, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const ticks = linuxStat(pid)?.startTicks;
    // Ticks count from the start of the system, so they are only meaningful together with its boot id.
    return ticks === undefined ? undefined : `${bootId()}:${ticks}`;
  }
  if (process.platform === 'win32') return undefined;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 2000 }).trim();
  } catch {
    return undefined; // gone, or no `ps`: the pid has to do
  }
}

/** Seconds that a living process, all its threads together, has had of processors; undefined where the system does not tell. */
export function processorSeconds(pid: number | undefined): number | undefined {
  if (pid === undefined || pid <= 0 || process.platform === 'win32') return undefined;
  // A tick of these fields is 10 ms on every Linux (USER_HZ).
  if (process.platform === 'linux')
    return linuxStat(pid)
      ?.cpuTicks.map((ticks) => ticks / 100)
      .reduce((a, b) => a + b);
  try {
    return clockSeconds(execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8', timeout: 2000 }));
  } catch {
    return undefined; // gone, or no `ps`
  }
}

/** "1-02:03:04", "2:03.45". */
export function clockSeconds(text: string): number | undefined {
  const found = /^\s*(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s*$/.exec(text);
  if (!found) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0));
  return ((24 * days + hours) * 60 + minutes) * 60 + seconds;
}

/** Fields 3, 14, 15 and 22 of /proc/PID/stat (proc(5)); the command in field 2 may hold spaces and brackets. */
function linuxStat(pid: number): { state: string; startTicks: string; cpuTicks: number[] } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, startTicks: fields[19]!, cpuTicks: [Number(fields[11]), Number(fields[12])] };
  } catch {
    return undefined;
  }
}

let boot: string | undefined;
function bootId(): string {
  if (boot === undefined) {
    try {
      boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    } catch {
      boot = '';
    }
  }
  return boot;
}

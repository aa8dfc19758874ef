/** Installs a backend: into a folder beside its place, checked there, then renamed, so that a half installation is never taken for one. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { makeFolder } from '../base/files.ts';
import { bytes } from '../base/units.ts';
import { type InstalledBackend, installedFile } from '../protocol/backends.ts';
import type { BackendReport } from '../protocol/jobs.ts';
import { isAlive } from '../wire/processes.ts';
import { makeRunner } from './run.ts';
import type { Installer, InstallRequest } from './types.ts';

export interface InstallOptions {
  /** The Rankwise home. */
  home: string;
  request: InstallRequest;
  step(text: string): void;
  note(text: string): void;
  /** Starts the backend below a folder as a run would, in a process of its own. */
  check(installed: string): Promise<BackendReport>;
  signal?: AbortSignal;
}

export interface Installed {
  folder: string;
  /** False when it was there already, as asked for and working. */
  changed: boolean;
  report: BackendReport;
}

/**
 * Idempotent: what is installed as asked for and starts is left alone, anything else is replaced when the new one has started.
 * Errors: `unsupported-platform`, `disk-full`, `backend-broken` (installed, but does not start), `home-unwritable`, and those of the installer.
 */
export async function install(installer: Installer, options: InstallOptions): Promise<Installed> {
  const { home, request, step, note, check, signal } = options;
  installer.demandPlatform(request);
  const backends = path.join(home, 'backends');
  const folder = path.join(backends, installer.name);
  const present = readInstalled(folder);
  if (present && installer.satisfies(present, request)) {
    step('Starting what is installed');
    const report = await check(backends);
    if (report.available) return { folder, changed: false, report };
    note(report.reason ?? 'it does not start');
  }
  const log = path.join(home, 'logs', `backend-${installer.name}.log`);
  open(() => {
    makeFolder(path.dirname(log), 0o700);
    makeFolder(backends, 0o700);
    writeFileSync(log, '');
  }, home);
  clearLeftovers(backends);
  demandSpace(backends, installer.bytesNeeded(request));

  const staging = path.join(backends, `.installing-${process.pid}`);
  const fresh = path.join(staging, installer.name);
  try {
    mkdirSync(fresh, { recursive: true });
    const run = makeRunner({ log, note, ...(signal && { signal }) });
    const record = await installer.fill({ request, folder: fresh, run, step });
    writeFileSync(path.join(fresh, installedFile), `${JSON.stringify(record, undefined, 2)}\n`);
    step('Starting it');
    const report = await check(staging);
    if (!report.available) throw broken(installer.name, report, log);
    if (existsSync(folder)) renameSync(folder, path.join(staging, 'old'));
    renameSync(fresh, folder);
    return { folder, changed: true, report };
  } catch (error) {
    throw diskFault(error, backends) ?? error;
  } finally {
    // A program that was stopped may still be writing its last.
    rmSync(staging, { recursive: true, force: true, maxRetries: 5 });
  }
}

function readInstalled(folder: string): InstalledBackend | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, installedFile), 'utf8')) as InstalledBackend;
  } catch {
    return undefined; // not there, or not whole: to be replaced
  }
}

/** What installations that were killed left behind. */
function clearLeftovers(backends: string): void {
  for (const name of readdirSync(backends)) {
    const pid = /^\.installing-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive({ pid: Number(pid) })) rmSync(path.join(backends, name), { recursive: true });
  }
}

function demandSpace(folder: string, needed: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new RankwiseError(
    'disk-full',
    `The disk of ${folder} has ${bytes(free)} free; installing needs ${bytes(needed)}.`,
    {
      kind: 'runtime',
      file: folder,
      hint: 'Make room, or set RANKWISE_HOME to a folder on another disk.',
    },
  );
}

const broken = (name: string, { reason, fix }: BackendReport, log: string): RankwiseError =>
  new RankwiseError('backend-broken', `${name} is installed, but does not start. ${reason ?? ''}`.trim(), {
    kind: 'runtime',
    hint: fix ?? `The whole output is in ${log}.`,
  });

function diskFault(error: unknown, folder: string): RankwiseError | undefined {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  return new RankwiseError('disk-full', `The disk of ${folder} is full.`, {
    kind: 'runtime',
    file: folder,
    hint: 'Make room, or set RANKWISE_HOME to a folder on another disk.',
    cause: error,
  });
}

function open(make: () => void, home: string): void {
  try {
    make();
  } catch (cause) {
    throw new RankwiseError('home-unwritable', `${home} cannot be written: ${(cause as Error).message}`, {
      kind: 'runtime',
      file: home,
      hint: 'Set RANKWISE_HOME to a folder that you can write to.',
      cause,
    });
  }
}

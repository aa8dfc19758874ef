/** Finds the daemon of this user and home, or starts it (docs/DESIGN.md §3). */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RankwiseError } from '../base/errors.ts';
import { type DaemonRecord, protocolVersion } from '../protocol/daemon.ts';
import { type DaemonConnection, greet } from './connection.ts';
import { homeFolder, openPlaces, type Places } from './places.ts';
import { waitUntilGone } from './processes.ts';
import { compareVersions } from './version.ts';

export interface ConnectOptions {
  /** The caller's version: decides who is older. */
  version: string;
  /** Start a daemon when none answers; needs `daemonScript`. */
  spawn?: boolean;
  /** Absolute path of the built daemon (`dist/daemon.js`). */
  daemonScript?: string;
  /** None answered, and one is being started. */
  starting?: () => void;
  /** The Node (or Electron) to run it with; this process's own by default. */
  execPath?: string;
  env?: NodeJS.ProcessEnv;
  /** For all of it together, in milliseconds. */
  timeout?: number;
}

/** Exit code of a daemon that found another one in charge. */
export const alreadyRunning = 3;

/**
 * Connects to the daemon. An older daemon without jobs is stopped and replaced (with `spawn`); an older one with jobs is used: it
 * lets them drain and stops by itself. However many callers start at once, one daemon results: it is the daemon that holds the lock.
 * Errors: `daemon-not-running` (without `spawn`), `daemon-failed-to-start`, `daemon-not-answering`, `protocol-mismatch`, and those of
 * `openPlaces`.
 */
export async function connectDaemon(options: ConnectOptions): Promise<DaemonConnection> {
  // Who only looks whether there is one makes no folders where Rankwise was never used.
  if (!options.spawn && !existsSync(homeFolder(options.env))) throw notRunning();
  const places = openPlaces(options.env);
  const deadline = Date.now() + (options.timeout ?? 15_000);
  const found = await attach(places, options.version, deadline);
  if (found && !(options.spawn && (await retired(found, options.version)))) return found;
  if (!options.spawn) throw notRunning();
  options.starting?.();
  return startAndAttach(places, options, deadline);
}

const notRunning = (): RankwiseError =>
  new RankwiseError('daemon-not-running', 'No daemon is running.', {
    kind: 'runtime',
    hint: '`rankwise daemon start` starts it.',
  });

/** Asks an older idle daemon to stop; false when it stays (as new as we are, or busy). */
async function retired(connection: DaemonConnection, version: string): Promise<boolean> {
  const { daemon } = connection;
  if (compareVersions(daemon.version, version) >= 0 || daemon.jobs > 0) return false;
  const { stopping } = await connection.request('shutdown', {});
  if (!stopping) return false; // a job came in between
  connection.close();
  await waitUntilGone({ pid: daemon.pid }, 5000);
  return true;
}

/** Undefined when no daemon answers: no record, or one left behind by a daemon that is gone. */
async function attach(places: Places, version: string, deadline: number): Promise<DaemonConnection | undefined> {
  const record = readRecord(places);
  if (!record) return undefined;
  const socket = await openSocket(record.socket);
  if (!socket) return undefined;
  const hello = { token: record.token, protocol: protocolVersion, version };
  try {
    return await greet(socket, hello, Math.max(500, Math.min(5000, deadline - Date.now())));
  } catch (error) {
    // The record may have been replaced between reading it and connecting.
    if (readRecord(places)?.token !== record.token) return undefined;
    if (error instanceof RankwiseError && error.code !== 'daemon-connection-lost') throw error;
    throw new RankwiseError('daemon-not-answering', `The daemon (process ${record.pid}) does not answer.`, {
      kind: 'runtime',
      hint: `Look at ${places.log}; \`rankwise daemon stop --force\` ends it (runs can be resumed).`,
      cause: error,
    });
  }
}

async function startAndAttach(places: Places, options: ConnectOptions, deadline: number): Promise<DaemonConnection> {
  let child = startDaemon(places, options);
  while (Date.now() < deadline) {
    const connection = await attach(places, options.version, deadline);
    if (connection) return connection;
    const exit = child.exit();
    if (exit === alreadyRunning) {
      // Another start won and will answer soon; or an old daemon is just leaving, and then it takes another try.
      await sleep(100);
      child = startDaemon(places, options);
    } else if (exit !== undefined)
      throw new RankwiseError('daemon-failed-to-start', `The daemon ended at once (${exit}).`, {
        kind: 'runtime',
        file: places.log,
        hint: `Its log tells why: ${places.log}.`,
      });
    await sleep(20);
  }
  throw new RankwiseError('daemon-failed-to-start', 'The daemon did not answer in time.', {
    kind: 'runtime',
    file: places.log,
    hint: `Its log may tell why: ${places.log}.`,
  });
}

/** Detached: in a session of its own, without our streams, so that it outlives us. `exit()` is its exit code or signal, once ended. */
function startDaemon(places: Places, { daemonScript, execPath, env }: ConnectOptions) {
  if (!daemonScript) throw new TypeError('connectDaemon: `spawn` needs `daemonScript`.');
  const log = openSync(places.log, 'a', 0o600);
  try {
    const child = spawn(execPath ?? process.execPath, [daemonScript], {
      detached: true,
      windowsHide: true,
      cwd: places.home,
      stdio: ['ignore', log, log],
      env: childEnvironment(env ?? process.env),
    });
    let exit: number | string | undefined;
    child.on('exit', (code, signal) => {
      exit = code ?? signal ?? 'ended';
    });
    child.on('error', (error) => {
      exit = error.message;
    });
    child.unref();
    return { exit: () => exit };
  } finally {
    closeSync(log);
  }
}

/** What our Node children need: Electron must behave as Node, and an editor's debugger must not follow into them. */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { VSCODE_INSPECTOR_OPTIONS: _debugger, ...rest } = env;
  return process.versions.electron ? { ...rest, ELECTRON_RUN_AS_NODE: '1' } : rest;
}

/** The record counts only if it is ours alone. */
export function readRecord(places: Places): DaemonRecord | undefined {
  let fd: number;
  try {
    fd = openSync(places.record, 'r');
  } catch {
    return undefined;
  }
  try {
    if (process.getuid && fstatSync(fd).uid !== process.getuid()) return undefined;
    const record = JSON.parse(readFileSync(fd, 'utf8')) as DaemonRecord;
    return typeof record.socket === 'string' && typeof record.token === 'string' ? record : undefined;
  } catch {
    return undefined; // not JSON: left behind by a crash of the machine
  } finally {
    closeSync(fd);
  }
}

function openSocket(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.off('error', onError);
      socket.on('error', () => {}); // 'close' follows and is handled
      resolve(socket);
    });
    const onError = () => resolve(undefined);
    socket.once('error', onError);
  });
}

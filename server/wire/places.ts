/** Where Rankwise keeps its things (docs/DESIGN.md §3). */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { makeFolder } from '../base/files.ts';

export interface Places {
  /** `$RANKWISE_HOME`: index of runs, logs, caches, installed backends. */
  home: string;
  /** The private runtime directory (0700). */
  runtime: string;
  /** `daemon.json`, 0600. */
  record: string;
  /** The daemon's Unix socket, or its named pipe on Windows. */
  socket: string;
  /** Held by the one daemon of this home for as long as it lives. */
  lock: string;
  log: string;
}

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with a closing zero. */
const socketPathLimit = process.platform === 'darwin' ? 103 : 107;

/**
 * Makes the folders and checks that nobody else can reach the runtime directory. Each home has a daemon of its own, so any other
 * than the default one is part of the file names.
 * Errors: `home-unwritable`, `unsafe-runtime-directory`, `socket-path-too-long`.
 */
export function openPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  const home = homeFolder(env);
  const runtime = runtimeFolder(home, env);
  demandFolder(path.join(home, 'logs'), 'home-unwritable', 'Set RANKWISE_HOME to a folder that you can write to.');
  const stem = home === defaultHome(env) ? 'daemon' : `daemon-${hash(home)}`;
  return {
    home,
    runtime,
    record: path.join(runtime, `${stem}.json`),
    socket: socketPath(runtime, stem, home, env),
    lock: path.join(home, 'daemon.lock'),
    log: path.join(home, 'logs', 'daemon.log'),
  };
}

export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.RANKWISE_HOME ? path.resolve(env.RANKWISE_HOME) : defaultHome(env);
}

function defaultHome(env: NodeJS.ProcessEnv): string {
  const user = env.HOME || homedir();
  if (process.platform === 'win32')
    return path.join(env.LOCALAPPDATA ?? path.join(user, 'AppData', 'Local'), 'rankwise');
  if (process.platform === 'darwin') return path.join(user, 'Library', 'Application Support', 'rankwise');
  // The XDG base directory rules: a relative value is to be ignored.
  const data = env.XDG_DATA_HOME;
  return path.join(data && path.isAbsolute(data) ? data : path.join(user, '.local', 'share'), 'rankwise');
}

function runtimeFolder(home: string, env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') {
    const folder = path.join(home, 'runtime'); // the user's own data folder is private there
    demandFolder(folder, 'home-unwritable', 'Set RANKWISE_HOME to a folder that you can write to.');
    return folder;
  }
  const given = env.XDG_RUNTIME_DIR;
  const usable = given && path.isAbsolute(given) && lstatSync(given, { throwIfNoEntry: false })?.isDirectory();
  return privateFolder(usable ? path.join(given, 'rankwise') : path.join(temporary(env), `rankwise-${userInfo().uid}`));
}

const temporary = (env: NodeJS.ProcessEnv): string => (env.TMPDIR ? path.resolve(env.TMPDIR) : tmpdir());

/** A socket cannot have a long path; then it stands in a private folder under /tmp, and `daemon.json` says so. */
function socketPath(runtime: string, stem: string, home: string, env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\rankwise-${hash(userInfo().username + home)}`;
  const first = path.join(runtime, `${stem}.sock`);
  if (Buffer.byteLength(first) <= socketPathLimit) return first;
  for (const folder of [temporary(env), '/tmp']) {
    const socket = path.join(folder, `rankwise-${userInfo().uid}`, `daemon-${hash(runtime + home)}.sock`);
    if (Buffer.byteLength(socket) > socketPathLimit) continue;
    privateFolder(path.dirname(socket));
    return socket;
  }
  throw new RankwiseError('socket-path-too-long', `No socket path under ${socketPathLimit} bytes can be made.`, {
    hint: 'Set XDG_RUNTIME_DIR or TMPDIR to a folder with a shorter path.',
    kind: 'runtime',
  });
}

/** Anyone may make folders in /tmp: one that is a link, someone else's, or open to others is refused (ours is closed instead). */
function privateFolder(folder: string): string {
  demandFolder(folder, 'unsafe-runtime-directory', 'Set XDG_RUNTIME_DIR to a private folder that you can write to.');
  const { uid } = userInfo();
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== uid)
    throw new RankwiseError('unsafe-runtime-directory', `${folder} is not a folder of yours.`, {
      file: folder,
      kind: 'runtime',
      hint: 'Remove it, or set XDG_RUNTIME_DIR to a private folder.',
    });
  if ((stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  return folder;
}

function demandFolder(folder: string, code: string, hint: string): void {
  try {
    makeFolder(folder, 0o700);
  } catch (error) {
    throw new RankwiseError(code, `Cannot make ${folder}: ${(error as Error).message}.`, {
      file: folder,
      hint,
      kind: 'runtime',
      cause: error,
    });
  }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

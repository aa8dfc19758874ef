/** Programs that an installer calls: their output goes to a log file, its last line to whoever watches. */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { RankwiseError } from '../base/errors.ts';

export interface RunOptions {
  cwd?: string;
  /** Beside this process's own. */
  env?: NodeJS.ProcessEnv;
  /** The code and the hint of the error when it fails in no known way, and what failed in words: "Compiling the binding". */
  failure: { code: string; what: string; hint: string };
}

/**
 * Runs a program to its end and gives its standard output.
 * Errors: `program-missing` (with `cause` ENOENT), `network`, `disk-full`, `stopped`, and that of `failure`.
 */
export type Runner = (command: string, args: readonly string[], options: RunOptions) => Promise<string>;

export interface RunnerOptions {
  log: string;
  /** The last line of output, as it comes. */
  note(text: string): void;
  signal?: AbortSignal;
}

/** What a program printed; undefined: it is not on this machine. */
export async function orMissing(running: Promise<string>): Promise<string | undefined> {
  try {
    return await running;
  } catch (error) {
    if (error instanceof RankwiseError && error.code === 'program-missing') return undefined;
    throw error;
  }
}

const NETWORK =
  /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|Failed to establish a new connection|NewConnectionError|Connection (refused|reset|timed out)|Temporary failure in name resolution|ReadTimeoutError|ConnectTimeoutError|ProxyError|NameResolutionError/;
const DISK = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/;
/** Enough for what went wrong, not for the whole of it: that is in the log. */
const KEPT = 64 * 1024;

export function makeRunner({ log, note, signal }: RunnerOptions): Runner {
  return (command, args, { cwd, env, failure }) =>
    new Promise((resolve, reject) => {
      appendFileSync(log, `$ ${[command, ...args].join(' ')}\n`);
      const child = spawn(command, args, {
        ...(cwd && { cwd }),
        ...(env && { env: { ...process.env, ...env } }),
        ...(signal && { signal }),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let all = '';
      const read = (text: string) => {
        appendFileSync(log, text);
        all = (all + text).slice(-KEPT);
        const line = text
          .trimEnd()
          .split(/[\r\n]/)
          .at(-1)
          ?.trim();
        if (line) note(line);
      };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        read(text);
      });
      child.stderr.setEncoding('utf8').on('data', read);
      child.on('error', (error: NodeJS.ErrnoException) => {
        if (signal?.aborted) reject(new RankwiseError('stopped', 'Stopped.', { kind: 'runtime' }));
        else reject(missing(command, error));
      });
      child.on('close', (code) => {
        if (code === 0) resolve(stdout);
        else reject(failed(all, failure, log));
      });
    });
}

const missing = (command: string, cause: NodeJS.ErrnoException): RankwiseError =>
  new RankwiseError('program-missing', `${command} cannot be run: ${cause.message}`, { kind: 'runtime', cause });

function failed(output: string, { code, what, hint }: RunOptions['failure'], log: string): RankwiseError {
  const more = { kind: 'runtime' } as const;
  if (DISK.test(output))
    return new RankwiseError('disk-full', `${what} failed: the disk is full.`, {
      ...more,
      hint: 'Make room, and try again.',
    });
  if (NETWORK.test(output))
    return new RankwiseError('network', `${what} failed: the server cannot be reached.`, {
      ...more,
      hint: `Check the connection, and the proxy or mirror that npm and pip are set to. The whole output is in ${log}.`,
    });
  return new RankwiseError(code, `${what} failed: ${telling(output)}`, {
    ...more,
    hint: `${hint} The whole output is in ${log}.`,
  });
}

/** The line of a failed program's output that says most: the first that names an error, else the last. */
function telling(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? 'it said nothing').slice(0, 300);
}

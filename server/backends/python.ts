/** Finds a Python by asking it: libraries come as Python packages. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { orMissing, type Runner } from './run.ts';

export interface Python {
  executable: string;
  /** [3, 11]. */
  version: [number, number];
  hasPip: boolean;
}

/** A program that prints what it finds out as JSON: at least what `Python` has. */
export const QUESTION = `
import importlib.util as util, json, sys
answer = {'executable': sys.executable, 'version': list(sys.version_info[:2]), 'hasPip': util.find_spec('pip') is not None}
`;
const TELL = '\nprint(json.dumps(answer))\n';

/**
 * The Python that a person named: an executable, or the folder of an environment. `more` adds to `answer` of `QUESTION`.
 * Errors: `python-missing`, `python-failed`.
 */
export async function namedPython<T extends Python = Python>(run: Runner, given: string, more = ''): Promise<T> {
  const inside = path.join(given, 'bin', 'python');
  const executable = existsSync(given) && statSync(given).isDirectory() ? inside : given;
  const python = await ask<T>(run, executable, more);
  if (python) return python;
  throw new RankwiseError('python-missing', `${given} is no Python: ${executable} cannot be run.`, {
    kind: 'runtime',
    hint: 'Name an executable (`which python3` shows one) or the folder of a virtual environment.',
  });
}

export interface Wanted<T extends Python> {
  /** Commands that may be one, the first first. */
  names: readonly string[];
  serves(python: T): boolean;
  /** What serves, in words: "Python 3.10 to 3.13". */
  what: string;
  /** What it is for: "TensorFlow's libraries come as its package". */
  why: string;
  more?: string;
}

/** The first Python on the PATH that serves. Errors: `python-missing`, `python-failed`. */
export async function findPython<T extends Python = Python>(
  run: Runner,
  { names, serves, what, why, more }: Wanted<T>,
): Promise<T> {
  const seen: string[] = [];
  for (const name of names) {
    const python = await ask<T>(run, name, more);
    if (python && serves(python)) return python;
    if (python) seen.push(`${name} is ${python.version.join('.')}`);
  }
  const others = seen.length > 0 ? ` (${seen.join(', ')})` : '';
  throw new RankwiseError('python-missing', `No ${what} was found on the PATH${others}: ${why}.`, {
    kind: 'runtime',
    hint: 'Install one, or name one with --python PATH.',
  });
}

async function ask<T extends Python>(run: Runner, executable: string, more = ''): Promise<T | undefined> {
  const failure = {
    code: 'python-failed',
    what: `Asking ${executable}`,
    hint: 'Name another one with --python PATH.',
  };
  const printed = await orMissing(run(executable, ['-c', QUESTION + more + TELL], { failure }));
  if (printed === undefined) return undefined;
  try {
    return JSON.parse(printed.trim().split('\n').at(-1)!) as T;
  } catch (cause) {
    throw new RankwiseError('python-missing', `${executable} is no Python: it does not answer as one.`, {
      kind: 'runtime',
      hint: failure.hint,
      cause,
    });
  }
}

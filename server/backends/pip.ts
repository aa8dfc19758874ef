/** Downloads Python packages into a folder of their own: nothing is changed in the Python that pip belongs to. */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Python } from './python.ts';
import type { InstallContext } from './types.ts';

export interface Download {
  /** In words: "Downloading tensorflow". */
  what: string;
  /** Of the error where pip fails in no known way. */
  hint: string;
  /** What to download, as pip's arguments. */
  args: readonly string[];
  /** The folder that gets the packages. */
  target: string;
}

/** Errors: `pip-missing`, `pip-failed`, and those of the runner (`network`, `disk-full`, `stopped`). */
export async function pipDownload(
  { folder, run }: InstallContext,
  python: Python,
  { what, hint, args, target }: Download,
): Promise<void> {
  const pip = await demandPip(python, folder, run);
  // pip unpacks into the temporary folder first, which may be small.
  const env = { TMPDIR: path.join(folder, 'tmp') };
  mkdirSync(env.TMPDIR);
  const quiet = ['--disable-pip-version-check', '--no-input', '--no-compile', '--only-binary=:all:'];
  const failure = { code: 'pip-failed', what, hint };
  await run(pip, ['-m', 'pip', 'install', ...quiet, '--target', target, ...args], { env, failure });
  for (const used of [env.TMPDIR, path.join(folder, 'pip')]) rmSync(used, { recursive: true, force: true });
}

/** A Python with pip: the given one, else a virtual environment of it. */
async function demandPip({ hasPip, executable }: Python, folder: string, run: InstallContext['run']): Promise<string> {
  if (hasPip) return executable;
  const environment = path.join(folder, 'pip');
  const failure = {
    code: 'pip-missing',
    what: `${executable} has no pip, and making a virtual environment that has`,
    hint: 'Install pip (Debian, Ubuntu: sudo apt install python3-pip), or name another Python with --python PATH.',
  };
  await run(executable, ['-m', 'venv', environment], { failure });
  return path.join(environment, 'bin', 'python');
}

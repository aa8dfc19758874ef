// What the benchmark programs share: bundling Rankwise's side, running either side in a process of its own, medians.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));
const call = promisify(execFile);

/** A folder of one run, inside of the repository, so that bundles find node_modules. The caller removes it. */
export function workFolder(name) {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  return mkdtempSync(path.join(root, '.cache', `${name}-`));
}

/** Bundles a program of bench/ as the product's own processes are bundled; returns the file. */
export async function bundle(source, folder) {
  const outfile = path.join(folder, `${path.basename(source, '.ts')}.mjs`);
  await build({
    entryPoints: [path.join(root, source)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  return outfile;
}

/** Runs a program to its end; its last line of output is JSON. A failure shows the end of what it said. */
export async function ask(program, args, env = {}) {
  try {
    const options = { cwd: root, maxBuffer: 2 ** 28, env: { ...process.env, ...env } };
    const { stdout } = await call(program, args.map(String), options);
    return JSON.parse(stdout.trim().split('\n').at(-1) || 'null');
  } catch (error) {
    const end = `${error.stderr ?? ''}`.trim().split('\n').slice(-8).join('\n');
    throw new Error(
      `${path.basename(program)} ${args.join(' ')} failed (${error.signal ?? error.code}):\n${end || error.message}`,
    );
  }
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `ask` of a program of ours, in the environment of the product's workers (server/wire/worker.ts). */
export const askWorker = (args) =>
  ask(process.execPath, args, { MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: '2147483647' });

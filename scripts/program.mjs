// Programs in TypeScript that use the product's rooms: bundled, so that they run on Node 20.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');

/** Bundles a program (`scripts/…/x.ts`) into `.cache` and runs it; gives what it exports. @param options more of the bundler's. */
export async function runProgram(source, options = {}) {
  const outfile = path.join(root, '.cache', source.replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [path.join(root, source)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    ...options,
  });
  return await import(pathToFileURL(outfile).href);
}

// `npm run test:tensorflow`: installs the backend with the product's own installer, into a home that is kept outside of the tree, and runs
// every suite that holds on it. The home is $RANKWISE_TENSORFLOW, else <tools cache>/tensorflow.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { cache } from './tools.mjs';

export const tensorflowHome = path.resolve(process.env.RANKWISE_TENSORFLOW || path.join(cache, 'tensorflow'));

/** Why the suites cannot run here; undefined where they can. */
export function tensorflowMissing() {
  const folder = path.join(tensorflowHome, 'backends', 'tensorflow');
  if (existsSync(path.join(folder, '.complete'))) return undefined;
  return `TensorFlow is not installed in ${folder}; \`npm run test:tensorflow\` installs it (1.4 GiB to download)`;
}

/** With dist/ built. Further arguments are vitest's. */
export function testTensorflow(args = []) {
  const env = { ...process.env, RANKWISE_TENSORFLOW: tensorflowHome };
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'tensorflow', ...args];
  return spawnSync(process.execPath, vitest, { stdio: 'inherit', env }).status === 0;
}

if (import.meta.filename === process.argv[1] || process.argv[1]?.endsWith('scripts/tensorflow.mjs')) {
  const run = (args, env = process.env) => spawnSync(process.execPath, args, { stdio: 'inherit', env }).status === 0;
  const ok =
    run(['scripts/build.mjs']) &&
    run(['dist/cli.js', 'backend', 'install', 'tensorflow'], { ...process.env, RANKWISE_HOME: tensorflowHome }) &&
    testTensorflow(process.argv.slice(2));
  process.exit(ok ? 0 : 1);
}

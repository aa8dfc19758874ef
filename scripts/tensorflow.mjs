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

/** The command that runs the suites, with dist/ built: program, arguments, environment. Further arguments are vitest's. */
export function tensorflowSuites(args = []) {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'tensorflow', ...args];
  return [process.execPath, vitest, { RANKWISE_TENSORFLOW: tensorflowHome }];
}

if (import.meta.filename === process.argv[1] || process.argv[1]?.endsWith('scripts/tensorflow.mjs')) {
  const run = (command, args, env = {}) =>
    spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;
  const node = process.execPath;
  const ok =
    run(node, ['scripts/build.mjs']) &&
    run(node, ['dist/cli.js', 'backend', 'install', 'tensorflow'], { RANKWISE_HOME: tensorflowHome }) &&
    run(...tensorflowSuites(process.argv.slice(2)));
  process.exit(ok ? 0 : 1);
}

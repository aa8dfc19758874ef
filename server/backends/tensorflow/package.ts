import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { orMissing } from '../run.ts';
import type { InstallContext } from '../types.ts';
import { NODE_API_HEADERS, TFJS_NODE } from './versions.ts';

/** The package and its dependencies from npm, no script of theirs being run. Errors: `npm-missing`, `package-failed`. */
export async function installPackage({ folder, run, step }: InstallContext, name: string): Promise<void> {
  step(`Installing ${name} ${TFJS_NODE} from npm, without its install scripts`);
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', '--prefix', folder];
  const failure = {
    code: 'package-failed',
    what: `Installing ${name}`,
    hint: 'Try again.',
  };
  const wanted = [`${name}@${TFJS_NODE}`, `node-api-headers@${NODE_API_HEADERS}`];
  const printed = await orMissing(run('npm', ['install', ...quiet, ...wanted], { cwd: folder, failure }));
  if (printed !== undefined) return;
  throw new RankwiseError('npm-missing', 'npm was not found; it is needed to install the package.', {
    kind: 'runtime',
    hint: 'Install Node.js with npm (https://nodejs.org), and see that `npm --version` works.',
  });
}

/** Integration tests run what is shipped: the bundles in dist/. */
import { spawnSync } from 'node:child_process';

export default function build(): void {
  // `npm test` has just built them, and suites beside this one run them.
  if (process.env.RANKWISE_MADE_BUILD) return;
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The build failed.');
}

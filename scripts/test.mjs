// `npm test`: everything, in the order of what fails fastest. `npm test -- unit e2e` runs the named stages only.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { tensorflowMissing, testTensorflow } from './tensorflow.mjs';
import { ensureChromium, ensureNode, ensureVSCodeServer, ToolMissing } from './tools.mjs';

const bin = (name) => `node_modules/.bin/${name}`;
const run = (command, args, env = {}) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return status === 0;
};

const stages = {
  lint: () =>
    run(bin('biome'), ['check', '.']) &&
    run(bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'client', 'server', 'webviews']),
  types: () => run(bin('tsc'), ['--noEmit']),
  build: () => run(process.execPath, ['scripts/build.mjs']),
  unit: () => run(process.execPath, [bin('vitest'), 'run', '--project', 'unit']),
  // The product's own Node floor: CLI, daemon and workers run on the system's Node here.
  integration: () => run(process.execPath, [bin('vitest'), 'run', '--project', 'integration']),
  // Native libraries that no plain install brings: where they are not, the reason is printed.
  tensorflow: () => {
    const reason = tensorflowMissing();
    if (reason === undefined) return testTensorflow();
    console.log(`skipped: ${reason}`);
    return 'skipped';
  },
  e2e: () => run(ensureNode(), ['test/e2e/run.mjs']),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in stages));
if (unknown.length) {
  console.error(`no such stage: ${unknown.join(', ')}; there are ${Object.keys(stages).join(', ')}`);
  process.exit(2);
}

const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);
const setUp = Date.now();
const stale =
  !existsSync('node_modules/.package-lock.json') ||
  statSync('node_modules/.package-lock.json').mtimeMs < statSync('package-lock.json').mtimeMs - 1000;
if (stale) {
  console.log('set-up: npm ci');
  if (!run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund'])) process.exit(1);
}
if (!asked.length || asked.includes('e2e')) {
  console.log('set-up: Node 24, the VS Code server and Chromium (kept for the next time)');
  try {
    ensureNode();
    ensureVSCodeServer();
    ensureChromium();
  } catch (error) {
    if (!(error instanceof ToolMissing)) throw error;
    console.error(`set-up failed: ${error.message}`);
    process.exit(1);
  }
}
console.log(`set-up took ${seconds(setUp)} s`);

const started = Date.now();
const results = [];
for (const [name, stage] of Object.entries(stages)) {
  if (asked.length && !asked.includes(name)) continue;
  console.log(`\n── ${name}`);
  const since = Date.now();
  const ok = stage();
  results.push({ name, ok, took: seconds(since) });
  if (!ok) break;
}
console.log(
  `\n${results.map(({ name, ok, took }) => `${{ true: 'ok     ', false: 'FAILED ', skipped: 'skipped' }[ok]} ${name.padEnd(12)} ${took.padStart(7)} s`).join('\n')}`,
);
console.log(`tests took ${seconds(started)} s (set-up apart)`);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

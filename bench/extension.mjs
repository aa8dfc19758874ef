// The extension's weight: activation in a real VS Code (target: under 100 ms) and the size of this platform's VSIX.
//   node bench/extension.mjs [--json] [--runs N]      after `npm run build`, with Node 22 or newer
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { pack } from '../scripts/package.mjs';

const root = path.resolve(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '3' } },
  strict: false,
});

const home = mkdtempSync(path.join(tmpdir(), 'rwb-'));
const result = path.join(home, 'result.json');
const runs = [];
try {
  const suite = path.join(root, '.cache/bench/activation.cjs');
  await build({
    entryPoints: [path.join(root, 'bench/activation.ts')],
    outfile: suite,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
  });
  mkdirSync(path.join(home, 'folder'));
  const extension = onDemand(path.join(home, 'extension'));
  // The stand-in's extension host inherits this process's environment.
  process.env.RANKWISE_BENCH_RESULT = result;
  process.env.RANKWISE_HOME = path.join(home, 'home');
  for (let i = 0; i < Number(options.runs); i++) {
    await runTests({
      vscodeExecutablePath: process.env.RANKWISE_VSCODE ?? path.join(root, 'test/e2e/host/code.mjs'),
      extensionDevelopmentPath: extension,
      extensionTestsPath: suite,
      launchArgs: [path.join(home, 'folder')],
      extensionTestsEnv: { RANKWISE_BENCH_RESULT: result, RANKWISE_HOME: process.env.RANKWISE_HOME },
    });
    runs.push(JSON.parse(readFileSync(result, 'utf8')));
  }
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** The extension as it is, but for what wakes it: it would be active before anybody could look at the clock. */
function onDemand(place) {
  mkdirSync(place);
  for (const name of readdirSync(root))
    if (name !== 'package.json' && !name.startsWith('.')) symlinkSync(path.join(root, name), path.join(place, name));
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  writeFileSync(path.join(place, 'package.json'), JSON.stringify({ ...manifest, activationEvents: [] }));
  return place;
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const figures = {
  activationMs: median(runs.map(({ total }) => total)),
  activateCallMs: median(runs.map(({ call }) => call)),
  runs: runs.length,
  vsixMiB: statSync(pack(`${process.platform}-${process.arch}`)).size / 2 ** 20,
};
if (options.json) console.log(JSON.stringify(figures));
else {
  console.log(
    `activation (load + activate)   ${figures.activationMs.toFixed(1)} ms, of which activate() ${figures.activateCallMs.toFixed(1)} ms   median of ${runs.length}, target < 100 ms`,
  );
  console.log(`VSIX for ${process.platform}-${process.arch}            ${figures.vsixMiB.toFixed(1)} MiB`);
}

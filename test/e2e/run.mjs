// The end-to-end stage, two halves: the suite inside the extension host (from the sources' build, run by @vscode/test-electron),
// and the packaged VSIX, installed and driven through the workbench as a person would. Needs Node 22 or newer.
//   node test/e2e/run.mjs [host|ui]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests, TestRunFailedError } from '@vscode/test-electron';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../..');
process.chdir(root);
const artifacts = path.join(root, 'test/artifacts');
mkdirSync(artifacts, { recursive: true });

/** A workspace of its own for each half, so that runs of one are not seen by the other. */
function freshWorkspace(home) {
  const workspace = path.join(home, 'workspace');
  cpSync('test/e2e/workspace', workspace, { recursive: true });
  cpSync('examples/quickstart', path.join(workspace, 'quickstart'), { recursive: true });
  cpSync('test/fixtures/tiny/llama', path.join(workspace, 'models/tiny-llama'), { recursive: true });
  return workspace;
}

async function insideHost() {
  await build({
    entryPoints: ['test/e2e/suite/index.ts'],
    outfile: '.cache/e2e/suite.cjs',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  const home = mkdtempSync(path.join(tmpdir(), 'rwe-'));
  const workspace = freshWorkspace(home);
  process.env.RANKWISE_HOME = path.join(home, 'home');
  try {
    await runTests({
      // A desktop VS Code when one is named; otherwise the stand-in over the same VS Code's server and web workbench.
      vscodeExecutablePath: process.env.RANKWISE_VSCODE ?? path.join(root, 'test/e2e/host/code.mjs'),
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(root, '.cache/e2e/suite.cjs'),
      launchArgs: [workspace],
      extensionTestsEnv: { RANKWISE_HOME: process.env.RANKWISE_HOME },
    });
    return true;
  } catch (error) {
    if (!(error instanceof TestRunFailedError)) throw error;
    return false;
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function packaged() {
  // `npm test` has packed it before; packing changes dist/ while the suites beside this one run what is there.
  if (!process.env.RANKWISE_MADE_PACKAGE) {
    const packed = spawnSync(process.execPath, ['scripts/package.mjs'], { stdio: 'inherit' });
    if (packed.status !== 0) return false;
  }
  const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=1', 'test/e2e/ui/*.test.mjs'], {
    stdio: 'inherit',
  });
  return status === 0;
}

const halves = { host: insideHost, ui: packaged };
const asked = process.argv[2];
for (const [name, half] of Object.entries(halves)) {
  if (asked && asked !== name) continue;
  console.log(`\nend to end: ${name}`);
  if (!(await half())) process.exit(1);
}

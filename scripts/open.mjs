// `npm run open [folder]`: the editor on examples/ (or another folder) with the extension loaded. Desktop VS Code where `code` is
// installed; otherwise VS Code's web workbench at a local address, until Ctrl-C.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ToolMissing } from './tools.mjs';

const folder = path.resolve(process.argv[2] ?? 'examples');
if (!existsSync(folder)) fail(`no such folder: ${folder}`);
if (!existsSync('node_modules')) run('npm', ['ci', '--no-audit', '--no-fund']);
run(process.execPath, ['scripts/build.mjs']);

const desktop = spawnSync('code', ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' });
if (desktop.status === 0 && !process.argv.includes('--browser')) {
  run('code', ['--new-window', `--extensionDevelopmentPath=${path.resolve('.')}`, folder]);
} else {
  console.log('Desktop VS Code (`code`) is not installed here: starting its web workbench.');
  try {
    await browserWorkbench();
  } catch (error) {
    if (!(error instanceof ToolMissing)) throw error;
    fail(error.message);
  }
}

/** The packaged extension, installed into a folder of its own: what a user's VS Code would hold. */
async function browserWorkbench() {
  const { ensureNode } = await import('./tools.mjs');
  const { installVsix, startServer } = await import('../test/e2e/host/server.mjs');
  const { pack } = await import('./package.mjs');
  console.log('Packing the extension …');
  ensureNode();
  const vsix = pack(`${process.platform}-${process.arch}`);
  const home = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'rankwise-open');
  const extensionsDir = path.join(home, 'ext');
  const port = Number(process.env.PORT ?? 8400);
  if (await taken(port)) fail(`Port ${port} is in use: set PORT to a free one.`);
  const server = await startServer({ root: home, extensionsDir, port, trust: true, ownRuntime: false });
  await installVsix(path.resolve(vsix), extensionsDir);
  const url = `${server.base}/?folder=${encodeURIComponent(folder)}`;
  console.log(`\nRankwise is open at  ${url}`);
  console.log('Open a .peft file; to run it, trust the folder (the editor asks, or: Manage in the banner on top).');
  console.log('Stop with Ctrl-C; runs go on in their daemon.');
  if (process.platform === 'darwin') spawn('open', [url], { stdio: 'ignore' });
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, async () => {
      await server.stop();
      process.exit(0);
    });
  await new Promise(() => {});
}

const taken = (port) =>
  fetch(`http://localhost:${port}/`).then(
    () => true,
    () => false,
  );

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

// The real VS Code server (web workbench and extension host) on a free loopback port, in a private folder that goes away with it.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureNode, ensureVSCodeServer } from '../../../scripts/tools.mjs';

/** No chat, no telemetry, no look-ups: what a machine without a network wants. */
const quietSettings = {
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
};

/**
 * @param {{ userDir?: string, extensionsDir?: string, settings?: object, port?: number, trust?: boolean,
 *   testDriver?: boolean, ownRuntime?: boolean, env?: Record<string, string>, root?: string }} options `testDriver`: accept tests in the page's address (built
 *   products ignore them silently without it; notifications and dialogs are then suppressed). `trust`: ask for workspace trust.
 *   `ownRuntime: false`: share the user's runtime directory, and so the user's daemon.
 */
export async function startServer(options = {}) {
  // Short on purpose: Unix socket paths end at 107 bytes, and the server puts several below its TMPDIR.
  const root = options.root ?? mkdtempSync(path.join(tmpdir(), 'rw-'));
  mkdirSync(root, { recursive: true });
  const userDir = options.userDir ?? path.join(root, 'user');
  const extensionsDir = options.extensionsDir ?? path.join(root, 'ext');
  mkdirSync(path.join(userDir, 'User'), { recursive: true });
  mkdirSync(extensionsDir, { recursive: true });
  const settings = path.join(userDir, 'User', 'settings.json');
  if (options.settings || !existsSync(settings))
    writeFileSync(settings, JSON.stringify({ ...quietSettings, ...options.settings }, null, 2));

  const port = options.port ?? (await freePort());
  const apart = options.ownRuntime === false ? {} : { TMPDIR: root, XDG_RUNTIME_DIR: root };
  const env = { ...process.env, ...apart, ...options.env };
  for (const name of Object.keys(env)) if (/^(VSCODE_|ELECTRON_)/.test(name)) delete env[name];
  const flags = [
    ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token', '--accept-server-license-terms'],
    ...['--server-data-dir', path.join(root, 'server'), '--user-data-dir', userDir, '--extensions-dir', extensionsDir],
    ...['--telemetry-level', 'off', '--reconnection-grace-time', '10'],
    ...(options.trust ? [] : ['--disable-workspace-trust']),
    ...(options.testDriver ? ['--enable-smoke-test-driver'] : []),
  ];
  const server = spawn(ensureNode(), [ensureVSCodeServer(), ...flags], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => (log = (log + data).slice(-20_000)));

  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    killGroup(server.pid, 'SIGTERM');
    await Promise.race([new Promise((done) => server.once('exit', done)), sleep(3000)]);
    killGroup(server.pid, 'SIGKILL');
    if (!options.root) rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };

  const base = `http://localhost:${port}`;
  for (let i = 0; !(await answers(`${base}/version`)); i++) {
    if (i > 300 || server.exitCode !== null) {
      await stop();
      throw new Error(`the VS Code server did not start:\n${log.slice(-3000)}`);
    }
    await sleep(100);
  }
  return { base, port, root, userDir, extensionsDir, log: () => log, stop };
}

/** Installs a packaged extension the way a user does, with the server's own command. */
export async function installVsix(vsix, extensionsDir) {
  await new Promise((done, fail) => {
    const args = [ensureVSCodeServer(), '--install-extension', vsix, '--extensions-dir', extensionsDir, '--force'];
    const child = spawn(ensureNode(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    child.once('exit', (code) =>
      code === 0 && /successfully installed/.test(output) ? done() : fail(new Error(`install failed:\n${output}`)),
    );
  });
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const answers = (url) =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

// The tools that tests and the browser workbench need, each installed once from the npm registry (Chromium from Debian's
// packages) into a cache outside the tree: $RANKWISE_TOOLS, else <user cache>/rankwise-tools. Run alone, it prepares all of them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Exact versions: a new one is taken on purpose, after the suite has run on it. */
const versions = { node: '24.21.0', codeServer: '4.139.1' };

export const cache =
  process.env.RANKWISE_TOOLS ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'rankwise-tools');

export class ToolMissing extends Error {}

/** Runs a command; on failure throws with the end of what it printed. */
export function sh(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (result.status === 0) return result.stdout;
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`
    .trim()
    .split('\n')
    .slice(-15)
    .join('\n');
  throw new ToolMissing(`${command} ${args.join(' ')} failed:\n${output}`);
}

const npm = (args, options) =>
  process.platform === 'win32' ? sh('npm.cmd', args, { shell: true, ...options }) : sh('npm', args, options);

/** Fills `<cache>/<name>` under a temporary name, so that an interrupted install is never taken for a whole one. */
export function install(name, fill) {
  const target = path.join(cache, name);
  if (existsSync(path.join(target, '.complete'))) return target;
  console.log(`  installing ${name} into ${target}`);
  const temporary = `${target}.${process.pid}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  writeFileSync(path.join(temporary, 'package.json'), '{ "private": true }\n');
  fill(temporary);
  writeFileSync(path.join(temporary, '.complete'), `${new Date().toISOString()}\n`);
  rmSync(target, { recursive: true, force: true });
  renameSync(temporary, target);
  return target;
}

/** A Node that the development tools accept (the system's may be 20): the running one where it is new enough. */
export function ensureNode() {
  if (Number(process.versions.node.split('.')[0]) === 24) return process.execPath;
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'win' }[process.platform];
  const name = `node-${platform}-${process.arch}`;
  const folder = install(`node-${versions.node}`, (to) =>
    npm(['install', '--ignore-scripts', '--no-save', '--prefix', to, `${name}@${versions.node}`], { cwd: to }),
  );
  return path.join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** The VS Code server with its web workbench, as the npm package code-server carries it. Returns server-main.js. */
export function ensureVSCodeServer() {
  const node = ensureNode();
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
  const folder = install(`code-server-${versions.codeServer}`, (to) => {
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];
    npm(['install', ...quiet, `code-server@${versions.codeServer}`], { cwd: to, env });
    const server = path.join(to, 'node_modules/code-server/lib/vscode');
    npm(['install', '--omit=dev', ...quiet], { cwd: server, env });
    npm(['install', '--omit=dev', ...quiet], { cwd: path.join(server, 'extensions'), env });
  });
  return path.join(folder, 'node_modules/code-server/lib/vscode/out/server-main.js');
}

const browsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** An installed Chrome or Chromium; on Debian and as root it is installed, otherwise the error is the line to run. */
export function ensureChromium() {
  const found = [process.env.RANKWISE_CHROMIUM, ...browsers].find((file) => file && existsSync(file));
  if (found) return found;
  const debian = existsSync('/etc/debian_version');
  if (!debian || process.getuid?.() !== 0)
    throw new ToolMissing(
      `No Chrome or Chromium found. ${debian ? 'Run: sudo apt-get install -y chromium' : 'Install Chrome'}, or set RANKWISE_CHROMIUM to an executable.`,
    );
  console.log('  installing chromium (Debian package)');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  sh('apt-get', ['update', '-qq'], { env });
  sh('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env });
  return '/usr/bin/chromium';
}

if (import.meta.filename === process.argv[1] || process.argv[1]?.endsWith('tools.mjs')) {
  console.log(ensureNode());
  console.log(ensureVSCodeServer());
  console.log(ensureChromium());
}

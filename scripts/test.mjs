// `npm test`: everything, in the order of what fails fastest. `npm test -- unit e2e` runs the named stages only.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { tensorflowMissing, tensorflowSuites } from './tensorflow.mjs';
import { ensureChromium, ensureNode, ensureVSCodeServer, ToolMissing } from './tools.mjs';

const bin = (name) => `node_modules/.bin/${name}`;
const node = (...args) => [process.execPath, args];
const vitest = (project) => node(bin('vitest'), 'run', '--project', project);

/** By name: the commands of a stage, one after another; a text says why there are none. */
const stages = {
  lint: () => [
    [bin('biome'), ['check', '.']],
    [bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'client', 'server', 'webviews']],
  ],
  types: () => [[bin('tsc'), ['--noEmit']]],
  build: () => [node('scripts/build.mjs')],
  unit: () => [vitest('unit*')],
  // The product's own Node floor: CLI, daemon and workers run on the system's Node here.
  integration: () => [vitest('integration')],
  // Native libraries that no plain install brings: where they are not, the reason is printed.
  tensorflow: () => tensorflowMissing() ?? [tensorflowSuites()],
  // Packing has files in dist/ for a while which the other stages must not meet.
  package: () => [node('scripts/package.mjs')],
  e2e: () => [[ensureNode(), ['test/e2e/run.mjs']]],
};
/** One group after another, the lanes of a group side by side: these wait for daemons, windows and pages more than they compute. */
const groups = [[['lint', 'types', 'build', 'unit']], [['package']], [['integration'], ['e2e', 'tensorflow']]];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in stages));
if (unknown.length) {
  console.error(`no such stage: ${unknown.join(', ')}; there are ${Object.keys(stages).join(', ')}`);
  process.exit(2);
}
// Side by side they must not build for themselves.
if (asked.includes('e2e') && asked.some((name) => ['integration', 'tensorflow'].includes(name)))
  asked.push('build', 'package');

const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);
const setUp = Date.now();
const stale =
  !existsSync('node_modules/.package-lock.json') ||
  statSync('node_modules/.package-lock.json').mtimeMs < statSync('package-lock.json').mtimeMs - 1000;
if (stale) {
  console.log('set-up: npm ci');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund'], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
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
/** What lanes say while another one has the screen. */
const held = new Map();
let front;
const say = (lane, text) => {
  front ??= lane;
  if (front === lane) process.stdout.write(text);
  else held.set(lane, [...(held.get(lane) ?? []), text]);
};
function leave(lane) {
  if (front !== lane) return;
  const [next, texts = []] = held.entries().next().value ?? [];
  for (const text of texts) process.stdout.write(text);
  held.delete(next);
  front = next;
}

const colours = process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : {};
function run(lane, [command, args, env = {}]) {
  // What the stages before have made, the suites need not make again.
  const made = results.filter(({ ok }) => ok).map(({ name }) => [`RANKWISE_MADE_${name.toUpperCase()}`, '1']);
  const given = { ...process.env, ...colours, ...Object.fromEntries(made), ...env };
  const child = spawn(command, args, { stdio: ['inherit', 'pipe', 'pipe'], env: given });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => say(lane, text));
  return new Promise((done) => {
    child.once('error', (error) => say(lane, `${error.message}\n`)).once('close', (status) => done(status === 0));
  });
}

/** Stages one after another, as far as they succeed. */
async function runLane(lane) {
  for (const name of lane) {
    if (asked.length && !asked.includes(name)) continue;
    say(lane, `\n── ${name}\n`);
    const since = Date.now();
    const commands = stages[name]();
    let ok = true;
    if (typeof commands === 'string') say(lane, `skipped: ${commands}\n`);
    else for (const command of commands) ok &&= await run(lane, command);
    results.push({ name, ok: typeof commands === 'string' ? 'skipped' : ok, took: seconds(since) });
    if (!ok) break;
  }
  leave(lane);
}

for (const lanes of groups) {
  await Promise.all(lanes.map(runLane));
  if (results.some(({ ok }) => !ok)) break;
}
console.log(
  `\n${results.map(({ name, ok, took }) => `${{ true: 'ok     ', false: 'FAILED ', skipped: 'skipped' }[ok]} ${name.padEnd(12)} ${took.padStart(7)} s`).join('\n')}`,
);
console.log(`tests took ${seconds(started)} s (set-up apart)`);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

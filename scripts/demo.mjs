// `npm run demo`: from a fresh checkout to a trained adapter. Installs what is missing, builds, trains the quickstart recipe with a
// live progress bar, and shows what the model says before and after. `npm run demo -- RECIPE` does the same with another recipe.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(path.join(path.dirname(fileURLToPath(import.meta.url)), '..'));
const recipe = process.argv[2] ?? 'examples/quickstart/pirate.peft';
const began = Date.now();

if (Number(process.versions.node.split('.')[0]) < 20) fail(`Node 20 or newer is needed; this is ${process.version}.`);
if (!existsSync(recipe)) fail(`There is no recipe ${recipe}.`);
install();
heading('Building');
run(process.execPath, ['scripts/build.mjs']);
const installed = Date.now();

const { model, prompts } = subject();
heading(`Before: what ${model.label} answers`);
for (const prompt of prompts) generate(model.path, prompt);

heading(`Training ${recipe}`);
rankwise('run', recipe);
const { runs } = JSON.parse(capture('runs', '--json'));
const finished = runs.filter(({ state }) => state === 'finished').at(-1);

heading('After: the same, with the trained adapter');
for (const prompt of prompts) generate(finished.run, prompt);

const seconds = (from, to) => `${((to - from) / 1000).toFixed(0)} s`;
console.log(
  `\nDone in ${seconds(installed, Date.now())} (installing and building took ${seconds(began, installed)} before).`,
);
console.log(`The run is in ${path.relative('.', finished.run)}.`);
console.log(`\nSee it in the editor, on the same recipe:  ${bold('npm run open')}`);

/** `npm ci` when the packages are not there, or are older than the lock file. */
function install() {
  const lock = 'node_modules/.package-lock.json';
  const fresh = existsSync(lock) && statSync(lock).mtimeMs >= statSync('package-lock.json').mtimeMs - 1000;
  if (fresh) return;
  heading('Installing packages (npm ci)');
  const windows = process.platform === 'win32';
  run(windows ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund'], { shell: windows });
}

/** The recipe's model, and prompts from its validation data. */
function subject() {
  const text = readFileSync(recipe, 'utf8');
  const field = (name) => new RegExp(`^\\s*${name}:\\s*([^\\s#]+)`, 'm').exec(text)?.[1];
  const beside = (file) => path.resolve(path.dirname(recipe), file);
  const modelPath = field('path');
  if (!modelPath || !existsSync(beside(modelPath))) fail(`The model of ${recipe} is not there: ${modelPath}.`);
  const data = field('validation');
  const rows = data && existsSync(beside(data)) ? readFileSync(beside(data), 'utf8').split('\n', 2) : [];
  const prompts = rows.map((row) => JSON.parse(row).prompt).filter(Boolean);
  return { model: { path: beside(modelPath), label: modelPath }, prompts };
}

function generate(model, prompt) {
  const { text } = JSON.parse(capture('generate', model, '--prompt', prompt, '--max-new-tokens', '40', '--json'));
  console.log(`  ${dim(prompt.trim().replaceAll('\n', '\n  '))} ${bold(text.trim().split('\n')[0])}`);
}

function rankwise(...args) {
  run(process.execPath, ['dist/cli.js', ...args]);
}

function capture(...args) {
  const { status, stdout } = spawnSync(process.execPath, ['dist/cli.js', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function heading(text) {
  console.log(`\n${bold(`── ${text}`)}`);
}

function paint(code, text) {
  return process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
}
function bold(text) {
  return paint(1, text);
}
function dim(text) {
  return paint(2, text);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

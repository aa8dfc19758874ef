// `npm run reproduce -- NAME`: runs a published setting where its model and data are on this machine, and prints what came out beside what
// was published. The recipes are in examples/published; nothing is downloaded.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(path.join(path.dirname(fileURLToPath(import.meta.url)), '..'));

/** By the name of the recipe. `metric` is that of the run's own validation, or of `test`: other data that the result answers. */
const settings = {
  'lora-xs-sst2': {
    recipe: 'lora-xs-roberta-large-sst2.peft',
    metric: 'accuracy',
    published: '0.9633 ± 0.0015, the median of five seeds (LoRA-XS, table 1)',
  },
  'svft-metamath': {
    recipe: 'svft-gemma-2b-metamath.peft',
    metric: 'numeric_match',
    test: { data: 'openai/gsm8k/main:test', columns: { instruction: 'question', output: 'answer' }, tokens: 512 },
    published: '0.4034 on GSM-8K (SVFT, table 1)',
  },
};

const setting = settings[process.argv[2]];
if (!setting) {
  console.error('Which setting? Its model and data must be in the Hugging Face cache of this machine.\n');
  for (const [name, { published }] of Object.entries(settings))
    console.error(`  npm run reproduce -- ${name.padEnd(14)} published: ${published}`);
  process.exit(2);
}
if (!existsSync('dist/cli.js')) run('npm', ['run', 'build']);
const recipe = path.join('examples/published', setting.recipe);
// Says what is missing and how to get it, before hours of training.
rankwise('validate', recipe);
if (setting.test) demandTest(setting.test);
rankwise('run', recipe);
const { runs } = JSON.parse(capture('runs', '--json'));
const { run: folder } = runs.findLast(({ name, state }) => name === process.argv[2] && state === 'finished');
const { result } = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8'));
const { metrics } = setting.test
  ? JSON.parse(capture('evaluate', folder, ...answering(setting.test), '--json'))
  : result.adapted;
console.log(`\n${setting.metric.padEnd(14)} ${metrics[setting.metric].toFixed(4)}`);
console.log(`${'published'.padEnd(14)} ${setting.published}`);
console.log(`${'trained'.padEnd(14)} ${result.trainableParameters} parameters, the head included`);

function answering({ data, columns, tokens }) {
  const named = Object.entries(columns).map((pair) => pair.join('='));
  return ['--data', data, '--columns', named.join(','), '--generate', '-n', `${tokens}`];
}

/** The data that the result is to answer must be there before it is trained, too: a recipe of it is valid. */
function demandTest({ data, columns }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-'));
  const file = path.join(folder, 'test-data.peft');
  const model = { path: path.resolve('examples/quickstart/model') };
  const adapters = [{ method: 'lora', target_modules: 'all-linear' }];
  writeFileSync(file, JSON.stringify({ version: 1, model, adapters, data: { train: data, columns } }));
  const args = ['dist/cli.js', 'validate', file];
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  rmSync(folder, { recursive: true });
  if (status === 0) return;
  console.error(`The data that the result is tested on is not there:\n${stderr.replaceAll(file, data)}`);
  process.exit(status ?? 1);
}

function rankwise(...args) {
  run(process.execPath, ['dist/cli.js', ...args]);
}

function run(command, args) {
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function capture(...args) {
  const { status, stdout } = spawnSync(process.execPath, ['dist/cli.js', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}

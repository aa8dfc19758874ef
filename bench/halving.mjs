// Successive halving on the quickstart: a sweep of nine points with and without it, the time of both and the point that each calls best. Needs `npm run build`.
// node bench/halving.mjs [--epochs N] [--eta N]
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { ask, root } from './processes.mjs';

const { values } = parseArgs({
  options: { epochs: { type: 'string', default: '5' }, eta: { type: 'string', default: '3' } },
});
const folder = mkdtempSync(path.join(tmpdir(), 'rwh-'));
const runtime = path.join(folder, 'rt');
mkdirSync(runtime, { mode: 0o700 });
const env = { ...process.env, RANKWISE_HOME: path.join(folder, 'home'), XDG_RUNTIME_DIR: runtime, RANKWISE_JOBS: '1' };

const rankwise = (...args) => ask(process.execPath, [path.join(root, 'dist/cli.js'), ...args], env);

function recipe(name, more) {
  const text = readFileSync(path.join(root, 'examples/quickstart/pirate.peft'), 'utf8');
  const { training, ...rest } = parse(text);
  const own = { ...rest, name, output: `runs-${name}`, training: { ...training, num_epochs: Number(values.epochs) } };
  const file = path.join(folder, `${name}.peft`);
  writeFileSync(file, stringify({ ...own, ...more }));
  return file;
}

const grid = {
  'training.optimizer.learning_rate': [5e-4, 2e-3, 5e-3],
  'adapters.0.rank': [2, 4, 8],
};
const shown = (point) =>
  Object.entries(point.values)
    .map(([key, value]) => `${key.split('.').at(-1)} ${value}`)
    .join(', ');
const best = ({ points }) =>
  points.filter(({ state }) => state === 'finished').reduce((a, b) => (b.metric < a.metric ? b : a));

try {
  cpSync(path.join(root, 'examples/quickstart'), folder, {
    recursive: true,
    filter: (source) => !source.includes(`${path.sep}runs`),
  });
  // Tokens are encoded and kept before anything is timed.
  await rankwise('run', recipe('warm-up', { training: { max_steps: 1 } }), '--json');
  const results = {};
  for (const [name, more] of Object.entries({ halving: { halving: Number(values.eta) }, all: {} })) {
    const began = performance.now();
    const last = await rankwise('run', recipe(name, { sweep: { ...grid, ...more } }), '--json');
    const seconds = (performance.now() - began) / 1000;
    results[name] = { ...last, seconds };
    const ended = last.points.filter(({ halted }) => halted).length;
    console.log(
      `${name}: ${seconds.toFixed(1)} s, ${last.points.length} points, ${ended} stopped early; best: ${shown(best(last))}, loss ${best(last).metric}`,
    );
  }
  const { all, halving } = results;
  const chosen = best(halving);
  const alone = all.points.find((point) => shown(point) === shown(chosen));
  const place = 1 + all.points.filter(({ metric }) => metric < alone.metric).length;
  console.log(`time with halving / without: ${(halving.seconds / all.seconds).toFixed(2)}`);
  console.log(
    `its best point is number ${place} of ${all.points.length} of the whole sweep; its loss there: ${alone.metric}`,
  );
  if (alone.metric !== chosen.metric) process.exitCode = 1;
} finally {
  await rankwise('daemon', 'stop', '--force').catch(() => {});
  rmSync(folder, { recursive: true, force: true });
}

// `npm run bench:svd`: decompositions beside PyTorch's on the CPU. Flags: see `--help`.
// Both sides run in processes of their own, in turns, on the same matrices.
import { rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython } from '../scripts/python.mjs';
import { ToolMissing } from '../scripts/tools.mjs';
import { ask, askWorker, bundle, median, root, workFolder } from './processes.mjs';
import { printRows } from './table.mjs';

const help = `npm run bench:svd -- [FLAGS]

  --cases NAMES    of bert, 2048, 4096 and 7b (minutes a round); default: all but the last
  --rounds N       processes of each side per case, in turns; default 3
  --kernel NAME    native (default) or wasm
  --json           one line of JSON instead of the table`;

const { values: flags } = parseArgs({
  options: {
    cases: { type: 'string', default: 'bert,2048,4096' },
    rounds: { type: 'string', default: '3' },
    kernel: { type: 'string', default: 'native' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(help);
  process.exit(0);
}
const rounds = Number(flags.rounds);
const threads = os.availableParallelism();

/** A BERT of base size: in each of 12 layers four 768×768 and two 768×3072, as they lie in a checkpoint. */
const bert = Array.from({ length: 12 }, () => [...Array(4).fill([768, 768]), [3072, 768], [768, 3072]]).flat();
const square = (n) => [[n, n]];
/** A layer of a Llama 2 of 7 billion. */
const layer = [...Array(4).fill([4096, 4096]), [11008, 4096], [11008, 4096], [4096, 11008]];
const sets = {
  bert: { shapes: bert, decay: 0 },
  2048: { shapes: square(2048), decay: 0 },
  '4096 flat': { shapes: square(4096), decay: 0 },
  '4096 decaying': { shapes: square(4096), decay: 0.7 },
  '7b': { shapes: layer, decay: 0 },
};
/** `most`: the ratio to PyTorch's time that is asked for. Rankwise's truncation has the settings that match svd_lowrank's accuracy. */
const truncated = (set) => ({
  set,
  group: '4096',
  operation: 'truncated',
  rank: 64,
  oversampling: 64,
  iterations: 7,
  most: 0.6,
  title: `4096², ${set.slice(5)} spectrum: truncated, r = 64`,
});
const cases = [
  { set: 'bert', group: 'bert', operation: 'full', most: 1, title: '72 matrices of a BERT-base: full' },
  { set: 'bert', group: 'bert', operation: 'values', title: '72 matrices of a BERT-base: values' },
  { set: '2048', group: '2048', operation: 'full', most: 1.5, title: '2048²: full' },
  { set: '2048', group: '2048', operation: 'values', most: 1.2, title: '2048²: values' },
  truncated('4096 flat'),
  truncated('4096 decaying'),
  { set: '7b', group: '7b', operation: 'values', title: '7 matrices of a layer of a 7B model: values' },
];

/** Gaussian; with `decay` d times a power law: row i of W is scaled by (i + 1)^-d after mixing, so that σ falls with it. */
function writeSet(file, { shapes, decay }) {
  // mulberry32
  let state = 1;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const count = shapes.reduce((sum, [m, n]) => sum + m * n, 0);
  const data = new Float32Array(count);
  let at = 0;
  for (const [m, n] of shapes) {
    const deviation = 1 / Math.sqrt(n);
    for (let i = 0; i < m; i++) {
      const scale = decay > 0 ? 40 * (i + 1) ** -decay : 1;
      for (let j = 0; j < n; j++)
        data[at++] = (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3) * deviation * scale;
    }
  }
  writeFileSync(file, data);
}

async function main() {
  const python = ensurePython();
  const folder = workFolder('svd');
  const script = path.join(root, 'bench/torch_svd.py');
  const load = os.loadavg()[0];
  try {
    const program = await bundle('bench/svd.ts', folder);
    const chosen = cases.filter(({ group }) => flags.cases.split(',').includes(group));
    const rows = [];
    for (const { title, set, most, group, ...rest } of chosen) {
      const file = path.join(folder, `${set}.f32`.replaceAll(' ', '-'));
      writeSet(file, sets[set]);
      const results = { ours: path.join(folder, 'ours.f32'), torch: path.join(folder, 'torch.f32') };
      const describe = (name, more = {}) => {
        const target = path.join(folder, `${name}.json`);
        const all = { ...rest, ...more, file, shapes: sets[set].shapes, threads, kernel: flags.kernel };
        writeFileSync(target, JSON.stringify({ ...all, result: results[name] ?? all.result }));
        return target;
      };
      const runs = [];
      for (let round = 0; round < rounds; round++) {
        const ours = await askWorker([program, describe('ours')]);
        const torch = await ask(python, [script, describe('torch')]);
        runs.push({ ours, torch, ratio: ours.seconds / torch.seconds });
      }
      const accuracy = {};
      if (rest.operation === 'truncated')
        for (const [name, result] of Object.entries(results))
          accuracy[name] = (await ask(python, [script, describe('check', { operation: 'check', result })])).residual;
      const side = (name) => median(runs.map((run) => run[name].seconds));
      const ratio = median(runs.map((run) => run.ratio));
      rows.push({
        title,
        ours: side('ours'),
        torch: side('torch'),
        ratio,
        most,
        accuracy,
        quality: runs.at(-1).ours,
        version: runs[0].torch.version,
      });
      rmSync(file);
    }
    report({ rows, threads, load, kernel: flags.kernel });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(all) {
  if (flags.json) {
    console.log(JSON.stringify(all));
    return;
  }
  const { rows, load, kernel } = all;
  console.log(
    `\nDecompositions, ${threads} threads, ${kernel} kernel, beside torch ${rows[0].version}; ${rounds} rounds; load before: ${load.toFixed(1)}\n`,
  );
  const seconds = (x) => (x < 1 ? `${(x * 1000).toFixed(0)} ms` : `${x.toFixed(2)} s`);
  printRows([
    ['', 'Rankwise', 'torch', 'ratio', 'at most', 'residual', 'torch', 'orthogonality'],
    ...rows.map(({ title, ours, torch, ratio, most, accuracy, quality }) => [
      title,
      seconds(ours),
      seconds(torch),
      `${ratio.toFixed(2)}${most === undefined ? '  ' : ratio <= most ? ' ✓' : ' ✗'}`,
      most === undefined ? '' : String(most),
      accuracy.ours?.toFixed(5) ?? quality.residual?.toExponential(1) ?? '',
      accuracy.torch?.toFixed(5) ?? '',
      quality.orthogonality?.toExponential(1) ?? '',
    ]),
  ]);
  console.log(
    '\nA ratio is the median of the ratios of the rounds. Residuals of truncated ones are measured in float64 on what each side wrote.',
  );
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ToolMissing)) throw error;
  console.error(error.message);
  process.exit(1);
}

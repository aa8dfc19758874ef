// A training step beside PyTorch on the CPU: `node bench/step.mjs [--json] [--rounds N] [--steps N] [--threads N]`.
// Llama-like, 4 layers, hidden 512, 8 heads, 8 rows of 128 tokens, vocabulary 4096, LoRA of rank 8 on q and v. Both sides run in
// processes of their own, in turns, from the same weights. PyTorch is that of $RANKWISE_PYTHON, or of python3; without it only
// Rankwise's own figures are printed.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '12' },
    threads: { type: 'string', default: String(os.availableParallelism()) },
  },
});
/** Steps at the start of each process that are not counted: kernels are made, caches are cold. */
const WARM_UP = 3;
const rounds = Number(options.rounds);
const steps = String(Number(options.steps) + WARM_UP);

const call = promisify(execFile);
const python = process.env.RANKWISE_PYTHON ?? 'python3';

async function missingTorch() {
  try {
    await call(python, ['-c', 'import torch']);
    return undefined;
  } catch (error) {
    return error.code === 'ENOENT' ? `${python} was not found` : `${python} has no torch; set RANKWISE_PYTHON`;
  }
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Figures of one side over its rounds. */
function summary(results) {
  return {
    msPerStep: median(results.flatMap(({ ms }) => ms.slice(WARM_UP))),
    firstStepMs: median(results.map(({ ms }) => ms[0])),
    peakBytes: Math.max(...results.map(({ peakBytes }) => peakBytes)),
    losses: results[0].losses,
  };
}

// Inside of the repository, so that the bundle finds node_modules.
mkdirSync(path.join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(path.join(root, '.cache', 'bench-step-'));
try {
  const bundle = path.join(folder, 'step.mjs');
  await build({
    entryPoints: [path.join(root, 'bench/step.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['onnxruntime-node', '@tensorflow/*'],
    logLevel: 'warning',
  });
  const side = async (program, ...args) =>
    JSON.parse((await call(program, [...args, folder, steps, options.threads])).stdout);
  await call(process.execPath, [bundle, 'write', folder]);

  const reason = await missingTorch();
  const ours = [];
  const theirs = [];
  for (let i = 0; i < rounds; i++) {
    ours.push(await side(process.execPath, bundle, 'run'));
    if (reason === undefined) theirs.push(await side(python, path.join(root, 'bench/torch_step.py')));
  }
  const rankwise = summary(ours);
  const result = { benchmark: 'step', threads: Number(options.threads), rounds, rankwise };
  if (reason === undefined) {
    const torch = { version: theirs[0].version, ...summary(theirs) };
    const lossDifference = Math.max(...rankwise.losses.map((loss, i) => Math.abs(loss - torch.losses[i])));
    Object.assign(result, {
      torch,
      timeRatio: rankwise.msPerStep / torch.msPerStep,
      memoryRatio: rankwise.peakBytes / torch.peakBytes,
      lossDifference,
    });
    if (lossDifference > 1e-4) throw new Error(`The losses differ by ${lossDifference}: ${JSON.stringify(result)}`);
  } else result.withoutTorch = reason;

  if (options.json) console.log(JSON.stringify(result));
  else print(result);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function print({ threads, rankwise, torch, timeRatio, memoryRatio, lossDifference, withoutTorch }) {
  const row = (name, ...cells) => console.log(name.padEnd(34) + cells.map((cell) => cell.padStart(14)).join(''));
  const ms = (x) => `${x.toFixed(1)} ms`;
  const mb = (x) => `${(x / 2 ** 20).toFixed(0)} MiB`;
  row(
    `Training step, ${threads} threads`,
    'rankwise',
    ...(torch ? [`torch ${torch.version.split('+')[0]}`, 'ratio'] : []),
  );
  row('time per step (median)', ms(rankwise.msPerStep), ...(torch ? [ms(torch.msPerStep), timeRatio.toFixed(2)] : []));
  row('first step', ms(rankwise.firstStepMs), ...(torch ? [ms(torch.firstStepMs), ''] : []));
  row('peak memory', mb(rankwise.peakBytes), ...(torch ? [mb(torch.peakBytes), memoryRatio.toFixed(2)] : []));
  if (torch) console.log(`losses agree within ${lossDifference.toExponential(1)}`);
  else console.log(`No comparison with PyTorch: ${withoutTorch}.`);
}

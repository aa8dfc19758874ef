// `npm run bench:engine`: one optimizer step of each model and method beside PyTorch on the CPU. Flags: see `--help`.
// Both sides run in processes of their own, in turns, on the same files; PyTorch is that of scripts/python.mjs. Their losses must agree.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython } from '../scripts/python.mjs';
import { ToolMissing } from '../scripts/tools.mjs';
import { methods, models } from './cells.mjs';
import { growth } from './growth.mjs';
import { ask, askWorker, bundle, median, root, workFolder } from './processes.mjs';
import { printBeside, printCells, printGrowth } from './table.mjs';

const help = `npm run bench:engine -- [FLAGS]

  --models NAMES    of ${Object.keys(models).join(', ')}; default: all
  --methods NAMES   of ${Object.keys(methods).join(', ')}; default: all
  --rounds N        processes of each side per cell, in turns; default 3
  --steps N         steps of a process that count, after 2 that do not; default 6
  --threads N       of each side; default: all cores
  --dtype NAME      of Rankwise's frozen weights: float32
  --checkpointing   recompute activations in Rankwise's backward pass
  --beside NAMES    methods to measure beside lora in one process, Rankwise alone; default: all of them, 'none' for none
  --pairs N         pairs of steps of lora and of such a method; default 7
  --growth          Rankwise alone, by layers, batch and length, instead of the cells
  --without-torch   Rankwise alone
  --json            one line of JSON instead of the table`;

/** Steps at the start of each process that are not counted: graphs are built, caches are cold. */
const warmUp = 2;
/** How far a loss may be from PyTorch's. */
const allowed = 1e-4;
/** What the engine takes today. */
const dtypes = ['float32', 'bfloat16', 'float16', 'int8', 'nf4'];

function fail(message) {
  console.error(message);
  process.exit(2);
}

function readOptions() {
  const flag = { type: 'boolean', default: false };
  const text = (value) => ({ type: 'string', default: String(value) });
  const { values } = parseArgs({
    options: {
      models: text(Object.keys(models)),
      methods: text(Object.keys(methods)),
      rounds: text(3),
      steps: text(6),
      threads: text(os.availableParallelism()),
      beside: text('all'),
      pairs: text(7),
      dtype: text('float32'),
      checkpointing: flag,
      growth: flag,
      'without-torch': flag,
      json: flag,
      help: flag,
    },
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  if (!dtypes.includes(values.dtype))
    fail(`The engine does not hold weights as ${values.dtype} yet; --dtype takes ${dtypes}.`);
  const names = (asked, known) =>
    asked
      .split(',')
      .map((name) => (Object.hasOwn(known, name) ? name : fail(`${name} is none of ${Object.keys(known)}`)));
  const whole = (name) => {
    const n = Number(values[name]);
    return Number.isInteger(n) && n > 0 ? n : fail(`--${name} wants a whole number above 0`);
  };
  return {
    ...values,
    models: names(values.models, models),
    methods: names(values.methods, methods),
    rounds: whole('rounds'),
    steps: whole('steps'),
    threads: whole('threads'),
    pairs: whole('pairs'),
  };
}

/** PyTorch's interpreter, or why there is none. */
function python(options) {
  if (options['without-torch']) return {};
  try {
    return { python: ensurePython() };
  } catch (error) {
    if (error instanceof ToolMissing) return { reason: error.message };
    throw error;
  }
}

/** Figures of one side over its rounds. */
function summary(rounds) {
  const msPerStep = median(rounds.flatMap(({ ms }) => ms.slice(warmUp)));
  return {
    msPerStep,
    firstStepMs: median(rounds.map(({ ms }) => ms[0])),
    // PyTorch builds nothing ahead: what its first step takes longer than a usual one.
    buildMs: Math.max(0, median(rounds.map((round) => round.buildMs ?? round.ms[0] - median(round.ms.slice(warmUp))))),
    peakBytes: Math.max(...rounds.map(({ peakBytes }) => peakBytes)),
    startBytes: median(rounds.map(({ startBytes }) => startBytes)),
    mappedBytes: rounds[0].mappedBytes,
    flops: rounds[0].flops,
    rate: median(rounds.map(({ rate }) => rate)),
  };
}

/** One cell over all rounds. Each round compares its own two processes; the table shows the median of those ratios. */
async function measure(program, interpreter, folder, method, { rounds, steps, threads, checkpointing, dtype }) {
  const count = steps + warmUp;
  const ours = JSON.stringify({ steps: count, threads, checkpointing, dtype });
  const theirs = [path.join(root, 'bench/torch_engine.py'), folder, method, count, threads];
  const sides = {
    rankwise: () => askWorker([program, 'run', folder, ours, method]),
    ...(interpreter && { torch: () => ask(interpreter, theirs, { OMP_NUM_THREADS: String(threads) }) }),
  };
  const results = { rankwise: [], torch: [] };
  for (let round = 0; round < rounds; round++) {
    const order = Object.keys(sides);
    // Whoever goes second finds the machine warmer.
    if (round % 2) order.reverse();
    for (const side of order) results[side].push(await sides[side]());
  }
  const { rankwise, torch } = results;
  const figures = { rankwise: summary(rankwise) };
  if (torch.length === 0) return figures;
  const step = ({ ms }) => median(ms.slice(warmUp));
  const lossDifference = Math.max(
    ...rankwise.flatMap(({ losses }, i) => losses.map((loss, j) => Math.abs(loss - torch[i].losses[j]))),
  );
  return {
    ...figures,
    torch: summary(torch),
    timeRatio: median(rankwise.map((ours, i) => step(ours) / step(torch[i]))),
    memoryRatio: median(rankwise.map((ours, i) => ours.peakBytes / torch[i].peakBytes)),
    aboveStartRatio: median(
      rankwise.map((ours, i) => (ours.peakBytes - ours.startBytes) / (torch[i].peakBytes - torch[i].startBytes)),
    ),
    lossDifference,
    versions: torch[0].versions,
  };
}

/** A method's step and LoRA's, taken in turns; a failure is a row too. */
async function besideLora(program, folder, method, { pairs, threads }) {
  try {
    const figures = await askWorker([program, 'run', folder, JSON.stringify({ pairs, threads }), method]);
    if (figures.left) return figures;
    const { own, lora, sameTargets } = figures;
    return { sameTargets, ms: median(own), loraMs: median(lora), ratio: median(own.map((time, i) => time / lora[i])) };
  } catch (error) {
    process.exitCode = 1;
    return { error: error.message };
  }
}

const options = readOptions();
const load = os.loadavg()[0];
const folder = workFolder('bench-engine');
try {
  const program = await bundle('bench/engine.ts', folder);
  const { threads, dtype, checkpointing } = options;
  const about = { benchmark: 'engine', threads, dtype, checkpointing, load, node: process.version };
  if (options.growth) {
    const series = await growth(program, folder, options, warmUp);
    if (options.json) console.log(JSON.stringify({ ...about, growth: series }));
    else printGrowth(series, about);
  } else {
    const { python: interpreter, reason } = python(options);
    const cells = [];
    const rows = [];
    const pairing = await bundle('bench/beside-lora.ts', folder);
    const known = await askWorker([pairing, 'names']);
    const beside = { all: known, none: [] }[options.beside] ?? options.beside.split(',');
    for (const model of options.models) {
      const place = path.join(folder, model);
      mkdirSync(place);
      const asked = Object.fromEntries(options.methods.map((id) => [id, methods[id]]));
      writeFileSync(path.join(place, 'cell.json'), JSON.stringify({ ...models[model], methods: asked }));
      await ask(process.execPath, [program, 'write', place]);
      for (const method of options.methods) {
        if (!options.json) process.stderr.write(`  ${model}, ${method} …\n`);
        const cell = { model, method };
        cells.push(cell);
        // What was measured before a failure is shown all the same.
        try {
          Object.assign(cell, await measure(program, interpreter, place, method, options));
          if (cell.lossDifference > allowed)
            cell.error = `the losses differ by ${cell.lossDifference}, more than ${allowed}`;
        } catch (error) {
          cell.error = error.message;
        }
        if (cell.error) process.exitCode = 1;
      }
      for (const method of beside) {
        if (!options.json) process.stderr.write(`  ${model}, ${method} beside lora …\n`);
        rows.push({ model, method, ...(await besideLora(pairing, place, method, options)) });
      }
      rmSync(place, { recursive: true });
    }
    const result = {
      ...about,
      rounds: options.rounds,
      steps: options.steps,
      cells,
      beside: rows,
      ...(reason && { withoutTorch: reason }),
    };
    if (options.json) console.log(JSON.stringify(result));
    else {
      printCells(result, { models, methods });
      printBeside(result, models);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

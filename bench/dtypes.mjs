// What `model.dtype` costs and saves: `node bench/dtypes.mjs [--json] [--rounds N] [--steps N] [--batch N] [--threads N]`.
// A Llama-like model of 134 M parameters, LoRA of rank 8 on q and v, rows of 128 tokens. Every way to hold the frozen weights trains in a
// process of its own, in turns; times are the fastest step of all rounds as a ratio to float32's, which neighbours disturb least; memory is the
// largest of all rounds. Anonymous memory is what a process needs for itself; mapped weights are counted among files, which the
// system may drop and read again.
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, inFolder, median, mib, parametersOf, train, writeModel } from './weights.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '5' },
    batch: { type: 'string', default: '4' },
    threads: { type: 'string', default: String(os.availableParallelism()) },
  },
});
const sizes = { layers: 12, hidden: 768, intermediate: 2048, heads: 12, keyHeads: 12, vocab: 32_000 };
const ways = [
  { name: 'float32, mapped', stored: 'F32', dtype: 'float32' },
  { name: 'bfloat16, mapped', stored: 'BF16', dtype: 'bfloat16' },
  { name: 'bfloat16, converted', stored: 'F32', dtype: 'bfloat16' },
  { name: 'float16, converted', stored: 'F32', dtype: 'float16' },
  { name: 'int8', stored: 'F32', dtype: 'int8' },
  { name: 'nf4', stored: 'F32', dtype: 'nf4' },
];
const [rounds, steps, batch, threads] = ['rounds', 'steps', 'batch', 'threads'].map((name) => Number(options[name]));

const results = await inFolder(async (folder) => {
  const program = await bundle(folder);
  for (const stored of ['F32', 'BF16']) writeModel(program, path.join(folder, stored), sizes, stored);
  const all = new Map(ways.map((way) => [way, []]));
  for (let round = 0; round < rounds; round++)
    for (const way of ways) {
      const { dtype, stored } = way;
      all.get(way).push(await train(program, path.join(folder, stored), { dtype, steps, batch, length: 128, threads }));
    }
  return all;
});

/** Without the first step of each run, which makes the graph. */
const fastest = (way) => Math.min(...results.get(way).flatMap(({ seconds }) => seconds.slice(1)));
const rows = ways.map((way) => {
  const runs = results.get(way);
  const most = (key) => Math.max(...runs.map((run) => run[key]));
  return {
    ...way,
    timeRatio: fastest(way) / fastest(ways[0]),
    peak: most('peak'),
    anonymous: most('anonymous'),
    mapped: most('mapped'),
    loaded: median(runs.map(({ loaded }) => loaded)),
    loss: runs[0].losses.at(-1),
  };
});
if (options.json)
  console.log(JSON.stringify({ benchmark: 'dtypes', parameters: parametersOf(sizes), batch, threads, rounds, rows }));
else {
  const line = (name, ...cells) =>
    console.log(name.padEnd(22) + cells.map((cell) => String(cell).padStart(12)).join(''));
  line(
    `${(parametersOf(sizes) / 1e6).toFixed(0)} M, ${batch} × 128`,
    'step',
    'peak',
    'anonymous',
    'files',
    'loading',
    'loss',
  );
  for (const { name, timeRatio, peak, anonymous, mapped, loaded, loss } of rows)
    line(
      name,
      `${timeRatio.toFixed(2)}×`,
      mib(peak),
      mib(anonymous),
      mib(mapped),
      `${loaded.toFixed(1)} s`,
      loss.toFixed(4),
    );
}

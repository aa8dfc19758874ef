// Does a model of a billion parameters train in the memory that is promised? `node bench/billion.mjs [--dtype bfloat16] [--json]`:
// writes a Llama-like checkpoint in bfloat16 (2 GB, removed afterwards), trains LoRA of rank 8 on q and v for 3 steps of 1 row of 128
// tokens, and compares the peak of the whole process with 2.5 times the bytes of the weights plus activations:
//
//   4 · tokens · (layers · (14·h + 4·i + 2·a·T) + 3·v)   tokens = T = 128, h hidden, i intermediate, a heads, v vocabulary
//
// as server/budget/memory.ts estimates them for a step that is not recorded. Exit code 1 if it is beyond.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { bundle, inFolder, mib, parametersOf, train, writeModel } from './weights.mjs';

const { values: options } = parseArgs({
  options: {
    dtype: { type: 'string', default: 'bfloat16' },
    json: { type: 'boolean', default: false },
    threads: { type: 'string', default: String(os.availableParallelism()) },
  },
});
const sizes = { layers: 20, hidden: 2048, intermediate: 5632, heads: 32, keyHeads: 4, vocab: 32_000 };
const length = 128;
const { layers, hidden, intermediate, heads, vocab } = sizes;
const parameters = parametersOf(sizes);
const weights = 2 * parameters;
const activations = 4 * length * (layers * (14 * hidden + 4 * intermediate + 2 * heads * length) + 3 * vocab);
const limit = 2.5 * weights + activations;

const result = await inFolder(async (folder) => {
  const program = await bundle(folder);
  writeModel(program, folder, sizes, 'BF16');
  const settings = { dtype: options.dtype, steps: 3, batch: 1, length, threads: Number(options.threads) };
  return train(program, folder, settings);
});
const { peak, anonymous, mapped, seconds, losses, loaded } = result;
const within = peak <= limit && losses.every(Number.isFinite);
if (options.json)
  console.log(JSON.stringify({ benchmark: 'billion', parameters, weights, activations, limit, within, ...result }));
else {
  console.log(`${(parameters / 1e9).toFixed(2)} G parameters, ${mib(weights)} in bfloat16, held as ${options.dtype}`);
  console.log(`peak memory   ${mib(peak)} = ${(peak / weights).toFixed(2)} × the weights`);
  console.log(
    `  anonymous   ${mib(anonymous)}, the rest are mapped files (up to ${mib(mapped)}), which the system may drop`,
  );
  console.log(`limit         ${mib(limit)} = 2.5 × ${mib(weights)} + ${mib(activations)} of activations`);
  console.log(
    `loading ${loaded.toFixed(1)} s, steps ${seconds.map((s) => s.toFixed(1)).join(', ')} s, losses ${losses.map((l) => l.toFixed(3)).join(', ')}`,
  );
  console.log(within ? 'within the limit' : 'BEYOND the limit');
}
process.exit(within ? 0 : 1);

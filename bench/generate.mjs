// How fast is text written? `node bench/generate.mjs [--prompt 128] [--tokens 64] [--rounds 3] [--threads N] [--without-torch] [--json]`: greedy tokens of a
// generated Llama-like model of 134 M parameters (float32), with kept keys and values and without, and beside transformers' `generate` with its cache, in
// turns, each in a process of its own. The tokens of all must be the same.
import { rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython } from '../scripts/python.mjs';
import { ask, askWorker, bundle, median, root, workFolder } from './processes.mjs';
import { bundle as bundleWeights, writeModel } from './weights.mjs';

const text = (value) => ({ type: 'string', default: String(value) });
const flag = { type: 'boolean', default: false };
const { values: options } = parseArgs({
  options: {
    prompt: text(128),
    tokens: text(64),
    rounds: text(3),
    threads: text(os.availableParallelism()),
    'without-torch': flag,
    json: flag,
  },
});
const sizes = { layers: 12, hidden: 768, intermediate: 2048, heads: 12, keyHeads: 12, vocab: 32_000 };

const folder = workFolder('bench-generate');
try {
  writeModel(await bundleWeights(folder), folder, sizes, 'F32');
  const program = await bundle('bench/generate.ts', folder);
  const args = [path.join(folder, 'model'), options.prompt, options.tokens, options.threads];
  const ours = [];
  const theirs = [];
  const python = options['without-torch'] ? undefined : await ensurePython();
  for (let round = 0; round < Number(options.rounds); round++) {
    ours.push(await askWorker([program, ...args]));
    // -P: the files beside the program are not modules.
    if (python) theirs.push(await ask(python, ['-P', path.join(root, 'bench/torch_generate.py'), ...args]));
  }
  // The first token is the prompt's.
  const rate = (runs) => 1 / median(runs.flatMap(({ seconds }) => seconds.slice(1)));
  const first = (runs) => median(runs.map(({ seconds }) => seconds[0]));
  const kept = ours.map((run) => run.kept);
  const result = {
    benchmark: 'generate',
    prompt: Number(options.prompt),
    tokens: Number(options.tokens),
    tokensPerSecond: rate(kept),
    withoutCache: rate(ours.map((run) => run.whole)),
    firstToken: first(kept),
    ...(python && { torch: rate(theirs), torchFirstToken: first(theirs), ratio: rate(kept) / rate(theirs) }),
    same: theirs.every(({ ids }) => ids.join() === kept[0].ids.join()),
  };
  if (options.json) console.log(JSON.stringify(result));
  else {
    const show = (name, perSecond, seconds) =>
      console.log(
        `${name.padEnd(28)}${perSecond.toFixed(1).padStart(8)} tokens/s   first token ${(seconds * 1000).toFixed(0)} ms`,
      );
    show('Rankwise', result.tokensPerSecond, result.firstToken);
    console.log(`${'  without kept keys'.padEnd(28)}${result.withoutCache.toFixed(1).padStart(8)} tokens/s`);
    if (python) {
      show('transformers, use_cache', result.torch, result.torchFirstToken);
      console.log(`ratio ${result.ratio.toFixed(2)}; ${result.same ? 'the same tokens' : 'OTHER TOKENS'}`);
    }
  }
  process.exitCode = result.same ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

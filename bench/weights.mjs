// Trains generated models in processes of their own and watches their memory: what dtypes.mjs and billion.mjs share.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Calls `use` with a folder inside of the repository, where the bundle finds node_modules, and removes it. */
export async function inFolder(use) {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.cache', 'bench-weights-'));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  const interrupted = () => {
    clean();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  try {
    return await use(folder);
  } finally {
    process.off('SIGINT', interrupted);
    clean();
  }
}

export async function bundle(folder) {
  const outfile = path.join(folder, 'weights.mjs');
  await build({
    entryPoints: [path.join(root, 'bench/weights.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['onnxruntime-node', '@tensorflow/*'],
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return outfile;
}

/** A Llama-like model in `folder`: sizes as config.json names them, `dtype` as safetensors does. */
export function writeModel(program, folder, { layers, hidden, intermediate, heads, keyHeads, vocab }, dtype) {
  const sizes = [layers, hidden, intermediate, heads, keyHeads, vocab].map(String);
  execFileSync(process.execPath, [program, 'write', folder, ...sizes, dtype], { stdio: 'inherit' });
}

/** Parameters in matrices. */
export const parametersOf = ({ layers, hidden, intermediate, heads, keyHeads, vocab }) =>
  2 * vocab * hidden +
  layers * (2 * hidden ** 2 + 2 * ((hidden * hidden) / heads) * keyHeads + 3 * hidden * intermediate);

/** Trains LoRA of rank 8 on q and v; resolves to the steps and the peaks of the process, bytes. */
export async function train(program, folder, { dtype, steps, batch, length, threads }) {
  const run = mkdtempSync(path.join(folder, 'run-'));
  const recipe = {
    version: 1,
    name: 'bench',
    model: { path: path.join(folder, 'model'), task: 'causal-lm', dtype },
    adapters: [{ method: 'lora', rank: 8, target_modules: ['q_proj', 'v_proj'] }],
    data: { train: path.join(folder, 'data.jsonl'), max_length: length },
    training: { max_steps: steps, batch_size: batch, threads, optimizer: { learning_rate: 1e-4 } },
    output: folder,
  };
  await writeFile(path.join(run, 'recipe.peft'), JSON.stringify(recipe));
  const child = spawn(process.execPath, [program, 'train', run], { stdio: ['ignore', 'pipe', 'inherit'] });
  const memory = watch(child.pid);
  let printed = '';
  child.stdout.on('data', (part) => {
    printed += part;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const peaks = memory.stop();
  if (code !== 0) throw new Error(`training in ${dtype} ended with ${code}`);
  const result = JSON.parse(printed.trim().split('\n').at(-1));
  return { ...result, ...peaks };
}

/** The largest resident sizes of a process so far, anonymous and of files apart; Linux only. */
function watch(pid) {
  const peaks = { anonymous: 0, mapped: 0 };
  const look = () => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const of = (key) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
      peaks.anonymous = Math.max(peaks.anonymous, of('RssAnon'));
      peaks.mapped = Math.max(peaks.mapped, of('RssFile'));
    } catch {
      // Not Linux, or it is gone.
    }
  };
  const timer = setInterval(look, 20);
  return {
    stop() {
      clearInterval(timer);
      return peaks;
    },
  };
}

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
export const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

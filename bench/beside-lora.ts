/**
 * One method's training step beside LoRA's, both assembled as a run assembles them and taken in turns in one process: what else the machine does
 * meets both. Bundled and run by engine.mjs: `names` prints the methods, `run FOLDER OPTIONS METHOD` one line of JSON.
 */
import path from 'node:path';
import { startEngine } from '../server/engine/index.ts';
import { trialStep } from '../server/jobs/trial-step.ts';
import { methodOf, methods } from '../server/methods/registry.ts';
import { parseRecipe } from '../server/recipe/parse.ts';
import { type Cell, readJson } from './cell.ts';

/** The method with its own defaults; what trains the model itself has no targets. */
function recipeOf(folder: string, { task, targets }: Cell, id: string) {
  const entry = methodOf(id)?.kind === 'matrices' ? { method: id, target_modules: targets } : { method: id };
  const text = JSON.stringify({ version: 1, model: { path: path.resolve(folder), task }, adapters: [entry] });
  const { recipe, diagnostics } = parseRecipe(text, methods);
  if (!recipe) throw new Error(`${id}: ${diagnostics[0]?.message}`);
  return recipe;
}

/** A whole optimizer step, in milliseconds. */
async function stepper(folder: string, cell: Cell, id: string) {
  const { step } = await trialStep(recipeOf(folder, cell, id), { rows: cell.batch, length: cell.length });
  return async () => 1000 * (await step());
}

async function run(folder: string, { pairs, threads }: { pairs: number; threads: number }, id: string) {
  await startEngine({ threads });
  const cell = readJson<Cell>(folder, 'cell.json');
  const lora = await stepper(folder, cell, 'lora');
  const own = await stepper(folder, cell, id).catch((error: { code?: string; message: string }) => {
    if (error.code === 'no-biases' || error.code === 'shapes-unequal') return error.message;
    throw error;
  });
  if (typeof own === 'string') return { left: own };
  const figures = { sameTargets: methodOf(id)!.kind === 'matrices', lora: [] as number[], own: [] as number[] };
  for (let pair = -1; pair < pairs; pair++) {
    const order = pair % 2 ? ([own, lora] as const) : ([lora, own] as const);
    const times = [await order[0](), await order[1]()];
    if (pair % 2) times.reverse();
    // The first pair compiles.
    if (pair < 0) continue;
    figures.lora.push(times[0]!);
    figures.own.push(times[1]!);
  }
  return figures;
}

const [command, folder, options, id] = process.argv.slice(2);
const others = Object.keys(methods).filter((method) => method !== 'lora');
console.log(JSON.stringify(command === 'names' ? others : await run(folder!, JSON.parse(options!), id!)));
process.exit(0);

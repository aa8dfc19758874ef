import { parseResolved } from './run-directory.ts';
import { startFor } from './start.ts';
import { trialStep } from './trial-step.ts';
import type { Job } from './types.ts';

/** Steps that are measured, after one that compiles; fewer where they take long. */
const STEPS = 5;
const SECONDS = 1.5;

/** The median of a few whole training steps, on rows that are made up. Nothing is written. */
export const run: Job<'calibrate'> = async ({ recipeText, backend, threads, shape }) => {
  const recipe = parseResolved(recipeText);
  await startFor({ backend, threads });
  const trial = await trialStep(recipe, shape);
  try {
    await trial.step();
    const times: number[] = [];
    for (let spent = 0; times.length < STEPS && spent < SECONDS; spent += times.at(-1)!) times.push(await trial.step());
    return { seconds: times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]! };
  } finally {
    trial.dispose();
  }
};

/** What `training.backend: auto` means for a recipe on this machine. */
import { backendsFolder } from '../../backends/places.ts';
import { errorData } from '../../base/errors.ts';
import { defaultThreads } from '../../engine/index.ts';
import type { BackendChoice, StepTiming } from '../../protocol/backends.ts';
import type { Recipe } from '../../recipe/types.ts';
import { homeFolder } from '../../wire/places.ts';
import { recipeFacts } from '../recipe-facts.ts';
import type { JobContext } from '../types.ts';
import { Calibrations } from './calibrations.ts';
import { type Candidate, findCandidates } from './candidates.ts';
import { choose, USUAL } from './choose.ts';
import { measuredShape, workloadKey } from './workload.ts';

export interface Question {
  /** Resolved, and as it was parsed. */
  recipeText: string;
  recipe: Recipe;
  /** Measure whatever is remembered. */
  anew?: boolean;
}

/** What is told of a measurement. */
export interface Listener {
  /** Before anything is measured. */
  calibrating?(candidates: readonly Candidate[]): void;
  measuring?(candidate: Candidate): void;
}

/** What it asks of the world; the defaults are the machine's. */
export interface Sources {
  calibrations: Calibrations;
  candidates(): Promise<Candidate[]>;
  facts: typeof recipeFacts;
}

const sources = (): Sources => {
  const calibrations = new Calibrations(homeFolder());
  return { calibrations, candidates: () => findCandidates(backendsFolder(), calibrations), facts: recipeFacts };
};

/**
 * Chooses by a step of the recipe on each backend that starts, measured once for this machine and recipes like this one. With
 * nothing to choose between, nothing is measured.
 */
export async function automatic(
  { recipeText, recipe, anew = false }: Question,
  { work, signal }: Pick<JobContext, 'work' | 'signal'>,
  listener: Listener,
  { calibrations, candidates: find, facts: ask } = sources(),
): Promise<BackendChoice> {
  const candidates = await find();
  const [usual] = candidates;
  const usually = (reason: string): BackendChoice => ({ backend: USUAL, device: usual!.device, reason });
  if (candidates.length === 1 && !anew) return usually('Nothing else can start here.');
  const facts = await ask(recipeText);
  // Whatever is wrong with it, training says it better.
  if (!facts) return usually('The model cannot be read, so nothing was measured.');
  const { threads = defaultThreads() } = recipe.training;
  const shape = measuredShape(recipe, facts);
  const key = workloadKey(recipe, facts, shape, threads, candidates);
  const known = anew ? undefined : calibrations.timings(key);
  if (known) return choose(known);
  listener.calibrating?.(candidates);
  const timings: StepTiming[] = [];
  // One after the other: each shall have the machine to itself.
  for (const candidate of candidates) {
    const { backend, device } = candidate;
    listener.measuring?.(candidate);
    try {
      const { seconds } = await work('calibrate', { recipeText, backend, threads, shape });
      timings.push({ backend, device, seconds });
    } catch (error) {
      if (signal.aborted) return usually('The measurement was stopped.');
      const { code, message } = errorData(error);
      timings.push({ backend, device, error: `${code}: ${message}` });
    }
  }
  calibrations.keepTimings(key, timings);
  return choose(timings);
}

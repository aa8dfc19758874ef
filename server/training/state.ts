import type { Position } from '../data/batches.ts';
import type { Evaluation } from './evaluate.ts';
import type { Best } from './selection.ts';

/** Where a run stands, besides tensors: with the seed it determines everything that follows. */
export interface Progress {
  /** Optimizer steps done. */
  step: number;
  position: Position;
  /** Time spent in steps and evaluations, and tokens trained on, interruptions not counted. */
  seconds: number;
  tokens: number;
  /** Before the first step. */
  base?: Evaluation;
  /** The last evaluation, and the step after which it was made. */
  adapted?: Evaluation & { step: number };
  /** The last texts that the recipe asks for: after which step, and how many of them are written. */
  sampled?: { step: number; texts: number };
  /** The best evaluation of training and how many have followed without an improvement, where the recipe asks for the best. */
  best?: Best;
  stale?: number;
}

export const start = (): Progress => ({ step: 0, position: { epoch: 0, index: 0 }, seconds: 0, tokens: 0 });

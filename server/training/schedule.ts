import type { TrainingSection } from '../recipe/types.ts';

type SchedulerSettings = TrainingSection['scheduler'];

/** Steps of linear warm-up; `warmup_steps` wins over the ratio, which is rounded up as in transformers. */
export const warmupSteps = ({ warmup_steps, warmup_ratio = 0 }: SchedulerSettings, total: number): number =>
  warmup_steps ?? Math.ceil(total * warmup_ratio);

/**
 * What the learning rate is multiplied with in the update after `done` updates, as in transformers' schedulers: the warm-up
 * starts at 0, `linear` and `cosine` (half a wave) end at 0 after `total` updates.
 */
export function rateFactor(settings: SchedulerSettings, done: number, total: number): number {
  const warmup = warmupSteps(settings, total);
  if (done < warmup) return done / Math.max(1, warmup);
  const progress = (done - warmup) / Math.max(1, total - warmup);
  return decays[settings.name](progress);
}

/** By the part of the steps after the warm-up that is done, 0 to 1. */
const decays: Record<SchedulerSettings['name'], (progress: number) => number> = {
  constant: () => 1,
  linear: (progress) => Math.max(0, 1 - progress),
  cosine: (progress) => Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress))),
};

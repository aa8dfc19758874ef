import type { JobName } from '../protocol/jobs.ts';
import type { Job } from './types.ts';

/** One file per job, imported when it is asked for: a merge never loads the training loop, `doctor` loads no model. */
export const jobs: { [Name in JobName]: () => Promise<Job<Name>> } = {
  train: async () => (await import('./train.ts')).run,
  forward: async () => (await import('./forward.ts')).run,
  generate: async () => (await import('./generate.ts')).run,
  playground: async () => (await import('./playground.ts')).run,
  merge: async () => (await import('./merge.ts')).run,
  compose: async () => (await import('./compose.ts')).run,
  export: async () => (await import('./export.ts')).run,
  plan: async () => (await import('./plan.ts')).run,
  preview: async () => (await import('./preview.ts')).run,
  inspect: async () => (await import('./inspect.ts')).run,
  evaluate: async () => (await import('./evaluate.ts')).run,
  calibrate: async () => (await import('./calibrate.ts')).run,
  choose: async () => (await import('./choose.ts')).run,
  spectrum: async () => (await import('./spectrum.ts')).run,
  doctor: async () => (await import('./doctor.ts')).run,
};

import { backendsFolder } from '../backends/places.ts';
import { RankwiseError } from '../base/errors.ts';
import { startEngine } from '../engine/index.ts';
import type { BackendName, Capabilities } from '../engine/types.ts';
import type { BackendChoice } from '../protocol/backends.ts';
import { homeFolder } from '../wire/places.ts';
import { Calibrations } from './choice/calibrations.ts';
import { USUAL } from './choice/choose.ts';

export interface Wanted {
  /** As a recipe or an option names it. `auto` is the processor: only a training run lasts long enough to be worth a measurement. */
  backend?: BackendName | 'auto' | undefined;
  threads?: number | undefined;
}

/** Starts the engine of a job. Errors: those of `startEngine`. */
export const startFor = ({ backend = 'auto', threads }: Wanted = {}): Promise<Capabilities> =>
  startEngine({
    backend: backend === 'auto' ? USUAL : backend,
    installed: backendsFolder(),
    ...(threads !== undefined && { threads }),
  });

/**
 * Starts the backend that `auto` chose. Drivers may have changed since it was found to start: before a run's first step another
 * one changes nothing but speed, so the usual one is started then, and the choice says so. Errors: those of `startEngine`.
 */
export async function startChosen(
  choice: BackendChoice,
  threads: number | undefined,
): Promise<{ choice: BackendChoice; started: Capabilities }> {
  try {
    return { choice, started: await startFor({ backend: choice.backend, threads }) };
  } catch (error) {
    if (choice.backend === USUAL || !(error instanceof RankwiseError) || error.code !== 'backend-unavailable')
      throw error;
    new Calibrations(homeFolder()).forgetReports();
    const started = await startFor({ backend: USUAL, threads });
    const reason = `${choice.backend} is faster, but does not start now: ${error.message}.`;
    const device = started.device === undefined ? {} : { device: started.device };
    return { choice: { ...choice, backend: USUAL, ...device, reason }, started };
  }
}

import { backendNames } from '../protocol/backends.ts';
import type { BackendReport } from '../protocol/jobs.ts';
import { backendNamed } from './backends.ts';
import type { BackendName, EngineOptions } from './types.ts';

/** What can start on this machine, and for what cannot, why and what to do. Starts each backend for real; never throws. */
export const doctor = (
  options: Pick<EngineOptions, 'installed'> = {},
  only: readonly BackendName[] = backendNames,
): Promise<BackendReport[]> => Promise.all(only.map((name) => backendNamed(name)?.report(options) ?? later(name)));

/** Those whose start is worth a try, by a look at files alone. */
export const presentBackends = (options: Pick<EngineOptions, 'installed'> = {}): BackendName[] =>
  backendNames.filter((name) => backendNamed(name)?.present(options));

const later = (name: BackendName): BackendReport => ({
  name,
  available: false,
  reason: 'This version of Rankwise does not support it yet.',
  fix: 'Use onnxruntime, the default, which needs nothing else.',
});

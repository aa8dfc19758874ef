import { backendsFolder } from '../backends/places.ts';
import { startEngine } from '../engine/index.ts';
import type { BackendName, Capabilities } from '../engine/types.ts';

export interface Wanted {
  /** As a recipe or an option names it. */
  backend?: BackendName | 'auto' | undefined;
  threads?: number | undefined;
}

/** Starts the engine of a job. Errors: those of `startEngine`. */
export const startFor = ({ backend = 'auto', threads }: Wanted = {}): Promise<Capabilities> =>
  startEngine({
    backend: backend === 'auto' ? chooseBackend() : backend,
    installed: backendsFolder(),
    ...(threads !== undefined && { threads }),
  });

/** What `auto` means here. */
const chooseBackend = (): BackendName => 'onnxruntime';

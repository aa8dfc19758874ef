/** What an adapter's weight file holds, from its header alone. */
import path from 'node:path';
import { type ErrorData, errorData } from '../base/errors.ts';
import { headerOf, weightsName } from './peft.ts';
import type { Loaded } from './workspace.ts';

/** Shapes by PEFT's key, the adapter's name left out. */
export type SavedWeights = { shapes: ReadonlyMap<string, readonly number[]> } | { error: ErrorData };

/** Faults come back as data: `file-not-readable` where there is no such file, `bad-safetensors`. */
export function loadSavedWeights(dir: string): Loaded<SavedWeights> {
  const file = path.join(dir, weightsName);
  try {
    const shapes = new Map([...headerOf(file)].map(([key, { shape }]) => [key, shape]));
    return { value: { shapes }, files: [file] };
  } catch (error) {
    return { value: { error: errorData(error) }, files: [file] };
  }
}

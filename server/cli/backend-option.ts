/** `--backend NAME` of the commands that compute. */
import { nearest } from '../base/suggest.ts';
import type { BackendReport } from '../protocol/jobs.ts';
import { type OptionSpec, usageError } from './command.ts';

const names: readonly BackendReport['name'][] = ['onnxruntime', 'tensorflow', 'webgpu', 'cuda'];

export const backendOption = {
  type: 'string',
  value: 'NAME',
  doc: 'What computes; `rankwise doctor` lists what can start here.',
} as const satisfies OptionSpec;

/** As a part of a job's parameters. Errors: `usage`. */
export function backendParam(given: string | undefined): { backend?: BackendReport['name'] } {
  if (given === undefined) return {};
  const backend = names.find((name) => name === given);
  if (backend) return { backend };
  const near = nearest(given, names);
  throw usageError(
    `There is no backend ${JSON.stringify(given)}.`,
    near ? `Did you mean ${near}?` : `Backends: ${names.join(', ')}.`,
  );
}

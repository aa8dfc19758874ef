/** `--backend NAME` of the commands that compute. */
import { nearest } from '../base/suggest.ts';
import { type BackendName, backendNames } from '../protocol/backends.ts';
import { type OptionSpec, usageError } from './command.ts';

export const backendOption = {
  type: 'string',
  value: 'NAME',
  doc: 'What computes; `rankwise doctor` lists what can start here.',
} as const satisfies OptionSpec;

/** As a part of a job's parameters. Errors: `usage`. */
export function backendParam(given: string | undefined): { backend?: BackendName } {
  if (given === undefined) return {};
  const backend = backendNames.find((name) => name === given);
  if (backend) return { backend };
  const near = nearest(given, backendNames);
  throw usageError(
    `There is no backend ${JSON.stringify(given)}.`,
    near ? `Did you mean ${near}?` : `Backends: ${backendNames.join(', ')}.`,
  );
}

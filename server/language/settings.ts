import type { World } from '../budget/types.ts';
import type { Severity } from '../protocol/diagnostics.ts';

/** The setting's name: rule codes to severities. */
export const severitySection = 'rankwise.severity';

const severities: readonly (Severity | 'off')[] = ['error', 'warning', 'information', 'hint', 'off'];

/** The setting as far as it makes sense; editors mark the rest where it is written. */
export function severitiesOf(value: unknown): NonNullable<World['severities']> {
  if (typeof value !== 'object' || value === null) return {};
  const known = (pair: [string, unknown]): pair is [string, Severity | 'off'] =>
    severities.some((severity) => severity === pair[1]);
  return Object.fromEntries(Object.entries(value).filter(known));
}

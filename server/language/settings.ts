import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** Pages about rules, as the editor names their folder (a URI that ends with a slash) at the start: links by code. */
export function rulePagesOf(options: unknown): ReadonlyMap<string, string> {
  const folder = (options as { rulePages?: unknown } | undefined)?.rulePages;
  if (typeof folder !== 'string' || !folder.startsWith('file:')) return new Map();
  try {
    const names = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith('.md'));
    return new Map(names.map((name) => [path.parse(name).name, new URL(name, folder).href]));
  } catch {
    return new Map(); // an editor without the pages shows the codes alone
  }
}

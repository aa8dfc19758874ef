/** Faults as people read them, on standard error: `file:line:col: error[code]: message`, and what to do next. */
import path from 'node:path';
import { inspect } from 'node:util';
import { errorData } from '../base/errors.ts';
import type { Diagnostic, Severity } from '../protocol/diagnostics.ts';
import type { ExitCode } from './command.ts';
import { type Io, plain } from './output.ts';

const colours = { error: 'red', warning: 'yellow', information: 'blue', hint: 'gray' } as const;

/** Prints any thrown value and gives the exit code. A defect shows its stack only with RANKWISE_DEBUG=1. */
export function reportError(thrown: unknown, io: Io, env: NodeJS.ProcessEnv = process.env): ExitCode {
  const { code, message, hint, file, field, kind } = errorData(thrown);
  const place = [file && shortPath(file), field].filter((part) => part && !message.includes(part)).join(': ');
  io.warn(line(place, 'error', code, message, io));
  if (hint) io.warn(`  ${io.paintError('bold', 'hint')}: ${plain(hint)}`);
  if (env.RANKWISE_DEBUG === '1') io.warn(inspect(thrown));
  return kind === 'input' ? 2 : 1;
}

/** More than a person reads at once: a file that is no recipe has hundreds. */
const shown = 20;

/** Diagnostics of a recipe, each on its line; of many the first, errors before the rest. */
export function reportDiagnostics(file: string, diagnostics: readonly Diagnostic[], io: Io): void {
  const more = diagnostics.length - shown;
  const first = more > 0 ? [...diagnostics].sort((a, b) => Number(isError(b)) - Number(isError(a))) : diagnostics;
  for (const { range, severity, code, message } of first.slice(0, shown))
    io.warn(
      line(`${shortPath(file)}:${range.start.line + 1}:${range.start.character + 1}`, severity, code, message, io),
    );
  if (more > 0) io.warn(`… and ${more} more`);
}

const isError = ({ severity }: Diagnostic): boolean => severity === 'error';

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean => diagnostics.some(isError);

function line(place: string, severity: Severity, code: string, message: string, io: Io): string {
  const label = io.paintError([colours[severity], 'bold'], `${severity}[${code}]`);
  return `${place && `${plain(place)}: `}${label}: ${plain(message)}`;
}

/** Relative to the working directory where that is shorter to read. */
export function shortPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

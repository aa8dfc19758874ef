/** A command declares its arguments; parsing, help and the faults of usage follow from that. */
import { parseArgs } from 'node:util';
import { RankwiseError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import type { Io } from './output.ts';

export interface OptionSpec {
  type: 'string' | 'boolean';
  short?: string;
  /** What stands for the value in the help: "DIR". */
  value?: string;
  required?: boolean;
  /** May be given several times. */
  multiple?: boolean;
  doc: string;
}
type Options = Record<string, OptionSpec>;

type Value<S extends OptionSpec> = S['type'] extends 'boolean'
  ? boolean
  : S extends { multiple: true }
    ? string[] | undefined
    : S extends { required: true }
      ? string
      : string | undefined;

export interface Invocation<O extends Options> {
  /** As many as `positionals` names. */
  positionals: string[];
  options: { [K in keyof O]: Value<O[K]> };
  io: Io;
}

/** 0 = ok, 1 = the job failed, 2 = the recipe or the arguments are wrong. */
export type ExitCode = 0 | 1 | 2;

export interface CommandSpec<O extends Options> {
  name: string;
  summary: string;
  /** Names of required positional arguments: "RECIPE"; "[X]" may be left out, "X..." takes one or more. */
  positionals: readonly string[];
  options: O;
  /** Further help. */
  details?: string;
  run(invocation: Invocation<O>): Promise<ExitCode>;
}

export type Command = CommandSpec<Options>;

export const command = <const O extends Options>(spec: CommandSpec<O>): Command => spec as unknown as Command;

/** For every command. */
export const commonOptions = {
  json: { type: 'boolean', doc: 'Print JSON to standard output.' },
  help: { type: 'boolean', short: 'h', doc: 'Show this help.' },
} as const satisfies Options;

export const usageError = (message: string, hint?: string): RankwiseError =>
  new RankwiseError('usage', message, hint === undefined ? {} : { hint });

type Argument = string | boolean | (string | boolean)[];

/** Splits the arguments of a command. Errors: `usage`. */
export function parseArguments({ name, positionals: names, options }: Command, argv: string[]) {
  const all: Options = { ...options, ...commonOptions };
  let parsed: { values: Record<string, Argument | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: joinNegatives(argv, all),
      options: parseOptions(all),
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw usageError(...explain(error as Error & { code?: string }, name, all));
  }
  const { values, positionals } = parsed;
  if (values.help !== true) {
    checkPositionals(name, names, positionals);
    for (const [key, spec] of Object.entries(all))
      if (spec.required && values[key] === undefined)
        throw usageError(`\`rankwise ${name}\` needs --${key}.`, `--${key} ${spec.value}: ${spec.doc}`);
  }
  for (const [key, { type }] of Object.entries(all)) if (type === 'boolean') values[key] ??= false;
  return { options: values as Invocation<Options>['options'] & { json: boolean; help: boolean }, positionals };
}

/** `--temperature -1` as `--temperature=-1`: util.parseArgs takes the value of an option that begins with "-" in no other form. */
function joinNegatives(argv: readonly string[], options: Options): string[] {
  const end = argv.indexOf('--');
  const joined: string[] = [];
  for (const [i, argument] of argv.entries()) {
    const option = Object.entries(options).find(
      ([key, { type, short }]) => type === 'string' && [`--${key}`, `-${short}`].includes(joined.at(-1) ?? ''),
    );
    const before = end < 0 || i < end;
    if (before && option && /^-\.?\d/.test(argument)) joined.splice(-1, 1, `--${option[0]}=${argument}`);
    else joined.push(argument);
  }
  return joined;
}

const parseOptions = (options: Options) =>
  Object.fromEntries(
    Object.entries(options).map(([key, { type, short, multiple = false }]) => [
      key,
      { type, multiple, ...(short !== undefined && { short }) },
    ]),
  );

function checkPositionals(name: string, names: readonly string[], given: readonly string[]): void {
  const help = `\`rankwise ${name} --help\` shows how to use it.`;
  const required = names.filter((n) => !n.startsWith('['));
  if (given.length < required.length)
    throw usageError(`\`rankwise ${name}\` needs ${required[given.length]!.replace('...', '')}.`, help);
  if (given.length > names.length && !names.at(-1)?.endsWith('...'))
    throw usageError(`\`rankwise ${name}\` does not take ${JSON.stringify(given[names.length])}.`, help);
}

/** What util.parseArgs found wrong, in our words. */
function explain({ code, message }: Error & { code?: string }, name: string, options: Options): [string, string] {
  const help = `\`rankwise ${name} --help\` lists the options.`;
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return [message.split('\n')[0]!, help];
  const unknown = /'(-[^']*)'/.exec(message)?.[1] ?? '';
  const near = nearest(unknown.replace(/^-+/, ''), Object.keys(options));
  return [`\`rankwise ${name}\` has no option ${unknown}.`, near ? `Did you mean --${near}?` : help];
}

/** A whole number within bounds, from an option. Errors: `usage`. */
export function wholeNumber(option: string, text: string | undefined, otherwise: number, minimum = 0): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < minimum || value > 2 ** 31 - 1)
    throw usageError(`--${option} must be a whole number from ${minimum} on, not ${JSON.stringify(text)}.`);
  return value;
}

/** A number from 0 on, from an option. Errors: `usage`. */
export function positiveNumber(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw usageError(`--${option} must be a number from 0 on, not ${JSON.stringify(text)}.`);
  return value;
}

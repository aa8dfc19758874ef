import { type Command, commonOptions, type OptionSpec } from './command.ts';
import { commands } from './commands/registry.ts';
import { table } from './output.ts';

const indent = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join('\n');

export const overview = (): string =>
  [
    'rankwise: parameter-efficient fine-tuning from recipes',
    `Usage: rankwise COMMAND [ARGUMENTS]\n\n${indent(table(commands.map(({ name, summary }) => [name, summary])))}`,
    indent(
      table([
        ['--help, -h', 'This help, or that of a command.'],
        ['--version', 'The version.'],
      ]),
    ),
    'Exit code: 0 ok, 1 the job failed, 2 the recipe or the arguments are wrong.',
  ].join('\n\n');

export function commandHelp({ name, summary, positionals, options, details }: Command): string {
  const all = Object.entries<OptionSpec>({ ...options, ...commonOptions });
  const required = all.filter(([, { required }]) => required).map(([key, { value }]) => `--${key} ${value}`);
  const rows = all.map(([key, { short, value, doc }]) => [
    `--${key}${short ? `, -${short}` : ''}${value ? ` ${value}` : ''}`,
    doc,
  ]);
  return [
    summary,
    `Usage: ${['rankwise', name, ...positionals, ...required, '[OPTIONS]'].join(' ')}`,
    indent(table(rows)),
    ...(details ? [details] : []),
  ].join('\n\n');
}

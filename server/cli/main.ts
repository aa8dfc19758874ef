#!/usr/bin/env node
/** The `rankwise` command (docs/DESIGN.md §4). */
import { errorData } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import { version } from '../wire/version.ts';
import { type ExitCode, parseArguments, usageError } from './command.ts';
import { commands } from './commands/registry.ts';
import { commandHelp, overview } from './help.ts';
import { makeIo } from './output.ts';
import { InvalidRecipe } from './recipe.ts';
import { reportError } from './report.ts';

async function main(argv: string[]): Promise<ExitCode> {
  const [name, ...rest] = argv;
  let io = makeIo(false);
  try {
    if (name === '--version' || name === '-v') {
      io.say(version);
      return 0;
    }
    const asked = name === 'help' ? rest[0] : undefined;
    if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && !asked)) {
      io.say(overview());
      return name === undefined ? 2 : 0;
    }
    const command = commands.find((c) => c.name === (asked ?? name));
    if (!command) throw unknownCommand(asked ?? name);
    if (asked) {
      io.say(commandHelp(command));
      return 0;
    }
    const { options, positionals } = parseArguments(command, rest);
    if (options.help) {
      io.say(commandHelp(command));
      return 0;
    }
    io = makeIo(options.json);
    return await command.run({ positionals, options, io });
  } catch (error) {
    // Arguments that could not be parsed may ask for JSON too.
    if (!io.json) io = makeIo(argv.includes('--json'));
    if (error instanceof InvalidRecipe) {
      io.fault({ diagnostics: error.diagnostics });
      return 2;
    }
    io.fault({ error: errorData(error) });
    return reportError(error, io);
  }
}

function unknownCommand(name: string) {
  const near = nearest(
    name,
    commands.map((c) => c.name),
  );
  const hint = near ? `Did you mean \`rankwise ${near}\`?` : '`rankwise --help` lists the commands.';
  return usageError(`There is no command ${JSON.stringify(name)}.`, hint);
}

// `rankwise runs | head`: whoever read us has enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => process.exit(1));

void main(process.argv.slice(2)).then((code) => {
  // Pipes are written in the background: everything must be out before the process ends.
  process.stdout.write('', () => process.exit(code));
});

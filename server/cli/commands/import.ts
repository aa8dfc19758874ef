import path from 'node:path';
import { importFile } from '../../exchange/import.ts';
import { command } from '../command.ts';
import { shortPath } from '../report.ts';
import { writeNew } from '../text-file.ts';

export const importCommand = command({
  name: 'import',
  summary: "Another tool's file as a recipe: an adapter of PEFT, or a configuration of axolotl.",
  positionals: ['FILE'],
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'RECIPE',
      doc: 'The new recipe; must not exist. Without: standard output.',
    },
  },
  details: 'What is not taken over stands in the recipe as comments.',
  async run({ positionals: [given], options: { output }, io }) {
    const { text, notes } = importFile(path.resolve(given!));
    const written = output === undefined ? undefined : writeNew(output, text);
    io.value({ recipe: text, notes, ...(written !== undefined && { path: written }) });
    if (written === undefined) io.say(text.trimEnd());
    else
      io.say(
        `${shortPath(written)}${notes.length > 0 ? ` (its comments say what was not taken over: ${notes.length})` : ''}`,
      );
    return 0;
  },
});

/** Commands whose feature has not been built: they exist, say so, and exit 2. */
import { RankwiseError } from '../../base/errors.ts';
import { type Command, command } from '../command.ts';

/** Errors: `not-available-yet`, always. */
export function notYet(what: string): never {
  throw new RankwiseError('not-available-yet', `\`rankwise ${what}\` is not part of this version.`);
}

const later = (name: string, summary: string, positionals: string[], options = {}): Command =>
  command({
    name,
    summary: `${summary} (not in this version)`,
    positionals,
    options,
    run: async () => notYet(name),
  });

export const preview = later('preview', 'The first samples as the model will see them.', ['RECIPE']);

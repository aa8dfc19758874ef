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

const output = { type: 'string', short: 'o', value: 'DIR', doc: 'The new adapter folder.' } as const;

export const compose = later('compose', 'Weighted sum of adapters.', ['ADAPTER...'], {
  weights: { type: 'string', value: 'W,W', doc: 'One weight for each adapter.' },
  output,
});
export const preview = later('preview', 'The first samples as the model will see them.', ['RECIPE']);

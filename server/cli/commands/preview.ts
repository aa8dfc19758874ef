import path from 'node:path';
import type { PreviewSpan } from '../../protocol/preview.ts';
import { command, usageError, wholeNumber } from '../command.ts';
import { plain } from '../output.ts';
import { work } from '../processes.ts';
import { demandRecipe, submitParams } from '../recipe.ts';
import { painted } from '../spans.ts';

const splits = ['train', 'validation'] as const;

export const preview = command({
  name: 'preview',
  summary: 'The first samples as the model will see them.',
  positionals: ['RECIPE'],
  options: {
    rows: { type: 'string', short: 'n', value: 'N', doc: 'Samples to show (default 3).' },
    split: { type: 'string', value: 'SPLIT', doc: '`train` (default) or `validation`.' },
    ids: { type: 'boolean', doc: 'Show token ids, mask and labels as numbers, too.' },
  },
  details:
    'Needs the tokenizer of the model, no weights. Tokens that carry loss are green, or in brackets where there are no colours.',
  async run({ positionals: [given], options, io }) {
    const rows = wholeNumber('rows', options.rows, 3, 1);
    const split = splits.find((name) => name === (options.split ?? 'train'));
    if (!split) throw usageError(`--split is \`train\` or \`validation\`, not ${JSON.stringify(options.split)}.`);
    const { recipeText } = submitParams(await demandRecipe(given!, io));
    const columns = Math.max(40, io.columns());
    const { preview, lines } = await work('preview', {
      recipeText,
      split,
      rows,
      ids: options.ids,
      columns,
      cwd: path.resolve(),
    });
    io.value(preview);
    // Where nothing is painted, marks stand around tokens.
    const bare = io.paint('bold', 'x') === 'x';
    for (const line of lines) io.say(bare ? bracketed(line) : painted(line, io));
    return 0;
  },
});

/** Brackets around neighbours that carry loss, «» around special tokens. */
export function bracketed(line: readonly PreviewSpan[]): string {
  const loss = (i: number) => line[i]?.[0].endsWith('loss') ?? false;
  return line
    .map(([style, text], i) => {
      // The bar between two such tokens stands inside.
      const opens = loss(i) && !loss(i - 2);
      const closes = loss(i) && !loss(i + 2);
      const shown = style.startsWith('special') ? `«${plain(text)}»` : plain(text);
      return `${opens ? '[' : ''}${shown}${closes ? ']' : ''}`;
    })
    .join('')
    .trimEnd();
}

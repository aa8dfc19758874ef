import { bytes, count } from '../../base/units.ts';
import { compareMethods } from '../../budget/compare.ts';
import { command } from '../command.ts';
import { table } from '../output.ts';
import { demandRecipe } from '../recipe.ts';

export const compare = command({
  name: 'compare',
  summary: "Every method at the recipe's rank and targets, side by side.",
  positionals: ['RECIPE'],
  options: {},
  async run({ positionals: [given], io }) {
    const { analysis, world } = await demandRecipe(given!, io);
    const rows = compareMethods(analysis.recipe!, world);
    io.value({ rows });
    const lines = rows.map(
      ({ method, form, rank, trainable, percent, adapterBytes, sharedBytes, maxUpdateRank, error }) =>
        error
          ? [name(method, form), '', '', '', '', '', '', error]
          : [
              name(method, form),
              rank === undefined ? '–' : String(rank),
              count(trainable),
              `${percent.toPrecision(3)}%`,
              bytes(adapterBytes),
              bytes(sharedBytes),
              String(maxUpdateRank),
            ],
    );
    const head = ['method', 'rank', 'trainable', 'percent', 'file', 'shared', 'update rank'];
    for (const line of table([head, ...lines], [1, 2, 3, 4, 5, 6])) io.say(line);
    return 0;
  },
});

const name = (method: string, form: string): string => [method, form].filter((part) => part !== '').join(', ');

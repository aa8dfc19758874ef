/** The logs that `training.logging` may name. One line a format. */
import type { LogName, Recipe } from '../../recipe/types.ts';
import { csvLog } from './csv.ts';
import type { RunLog } from './log.ts';
import { tensorboardLog } from './tensorboard.ts';

const logs: Record<LogName, (run: string, recipe: Recipe, text: string) => RunLog> = {
  tensorboard: (run, _, text) => tensorboardLog(run, text),
  csv: (run, { model }) => csvLog(run, model.task),
};

export const openLogs = (run: string, recipe: Recipe, text: string): RunLog[] =>
  [...new Set(recipe.training.logging)].map((name) => logs[name](run, recipe, text));

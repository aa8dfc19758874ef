import { RankwiseError } from '../base/errors.ts';
import { analyse } from '../budget/analyse.ts';
import { pointFindings } from '../budget/sweep.ts';
import { submitter } from '../checkpoint/inputs.ts';
import type { LanguageRequests } from '../protocol/language.ts';
import { sweepSubmission } from '../recipe/submission.ts';
import { version } from '../wire/version.ts';
import type { RecipeFiles } from './files.ts';
import type { RecipeState } from './state.ts';
import { judgeAll } from './sweep.ts';

type Params = LanguageRequests['rankwise/resolve']['params'];
type Resolved = LanguageRequests['rankwise/resolve']['result'];

/**
 * The recipe ready for the daemon, by default judged by what a launch needs, and then all points of its sweep; the findings when that has
 * errors.
 */
export async function resolveRecipe(
  state: RecipeState | undefined,
  files: RecipeFiles,
  { backend: usualBackend, launch = true }: Pick<Params, 'backend' | 'launch'> = {},
): Promise<Resolved> {
  if (!state) return { diagnostics: [notOpen] };
  const { diagnostics, recipe, methods } = analyse(state.recipe, { ...state.world, launch });
  if (!recipe || !state.model) return { diagnostics };
  const submit = submitter(state.file, version, { usualBackend });
  if (!recipe.sweep || !launch) return { submit: submit(recipe, methods, state.model.dir, state.world.data) };
  const points = await judgeAll(state, files);
  const findings = pointFindings(state.recipe, points);
  if (findings.length > 0) return { diagnostics: [...diagnostics, ...findings] };
  const ready = points.flatMap(({ analysis, modelDir, world, values }) =>
    analysis.recipe && modelDir !== undefined
      ? [{ values, submit: submit(analysis.recipe, analysis.methods, modelDir, world.data) }]
      : [],
  );
  // Files that are slow to read leave points out.
  if (ready.length < points.length) return { diagnostics: [stillReading] };
  try {
    return sweepSubmission(recipe, ready);
  } catch (error) {
    if (!(error instanceof RankwiseError)) throw error;
    return { diagnostics: [{ code: error.code, severity: 'error', message: `${error.message} ${error.hint}`, range }] };
  }
}

const start = { line: 0, character: 0 };
const range = { start, end: start };
export const notOpen = {
  code: 'recipe-not-open',
  severity: 'error',
  message: 'The recipe is not open in the editor; open it and try again.',
  range,
} as const;
const stillReading = {
  code: 'files-still-read',
  severity: 'error',
  message: 'Files of the sweep’s points are still being read; try again.',
  range,
} as const;

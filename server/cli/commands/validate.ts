import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { count } from '../../base/units.ts';
import { command } from '../command.ts';
import { loadRecipe } from '../recipe.ts';
import { hasErrors, reportDiagnostics, shortPath } from '../report.ts';

export const validate = command({
  name: 'validate',
  summary: 'Check a recipe: everything that is wrong with it, at once.',
  positionals: ['RECIPE'],
  options: {},
  async run({ positionals: [given], io }) {
    const { file, diagnostics, points } = await diagnose(given!);
    io.value({ diagnostics });
    if (!io.json || hasErrors(diagnostics)) reportDiagnostics(file, diagnostics, io);
    if (hasErrors(diagnostics)) return 2;
    const later = diagnostics.some(({ code }) => code === 'model-not-runnable');
    const but = later ? ', but this version cannot run it yet' : '';
    const each = points === undefined ? '' : `, with the ${count(points)} points of its sweep`;
    io.say(`${shortPath(file)}: ${io.paint('green', 'valid')}${each}${but}`);
    return 0;
  },
});

/** A recipe that cannot be read is a finding too, at its beginning. */
async function diagnose(given: string) {
  try {
    const { file, analysis, points } = await loadRecipe(given, { points: true });
    return { file, diagnostics: analysis.diagnostics, points: points?.length };
  } catch (error) {
    if (!(error instanceof RankwiseError)) throw error;
    const start = { line: 0, character: 0 };
    const { code, message, hint } = error;
    const text = hint ? `${message} ${hint}` : message;
    const finding = { code, severity: 'error' as const, message: text, range: { start, end: start } };
    return { file: path.resolve(given), diagnostics: [finding], points: undefined };
  }
}

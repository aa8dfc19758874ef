/** What a run was started from beside what its recipe says now, both resolved, in the editor's own diff. */
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { commands, l10n, Uri, window, workspace } from 'vscode';
import { recipeFile } from '../../server/base/run-folder.ts';
import { shownName } from '../../server/metrics/run-filter.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { Services } from '../services.ts';
import { exists } from './open-run-recipe.ts';
import { noRuns } from './show-run.ts';
import { pickRun } from './targets.ts';

/** @returns both texts; undefined where they cannot be compared. */
export async function compareRecipe(
  services: Services,
  argument: unknown,
): Promise<{ then: string; now: string } | undefined> {
  const record = await pickRun(services, argument, l10n.t('Compare the recipe of which run?'), noRuns());
  if (!record) return undefined;
  const own = Uri.file(recipeFile(record.run));
  const present = Uri.file(record.recipe);
  if (!(await exists(present))) {
    const open = l10n.t("Open the Run's Recipe");
    const text = l10n.t('{0} is not there any more. The run has a copy of what it was started from.', record.recipe);
    if ((await window.showWarningMessage(text, open)) === open) await window.showTextDocument(own);
    return undefined;
  }
  const now = await resolvedNow(services, record, present);
  if (now === undefined) {
    const plain = l10n.t('Compare as Written');
    const text = l10n.t('{0} has errors now, so that its defaults are not known.', path.basename(record.recipe));
    if ((await window.showWarningMessage(text, plain)) === plain) await diff(own, present, record);
    return undefined;
  }
  const then = Buffer.from(await workspace.fs.readFile(own)).toString();
  if (then === now) {
    void window.showInformationMessage(l10n.t('The recipe of {0} says the same as then.', shownName(record)));
    return { then, now };
  }
  await diff(own, services.presentRecipes.show(present, record.id, now), record);
  return { then, now };
}

const diff = (then: Uri, now: Uri, record: RunRecord) =>
  commands.executeCommand('vscode.diff', then, now, l10n.t('{0}: Run ↔ Present Recipe', shownName(record)));

/** As the run's own was written: of a point the same point, where the sweep still has it. Undefined where the recipe has errors. */
async function resolvedNow({ language }: Services, { sweep }: RunRecord, recipe: Uri): Promise<string | undefined> {
  await workspace.openTextDocument(recipe);
  const points = sweep && (await language.resolve(recipe));
  if (points && 'sweep' in points) {
    const same = points.sweep.points.find(({ values }) => isDeepStrictEqual(values, sweep.values));
    if (same) return same.submit.recipeText;
  }
  const resolved = await language.resolve(recipe, { launch: false });
  return 'submit' in resolved ? resolved.submit.recipeText : undefined;
}

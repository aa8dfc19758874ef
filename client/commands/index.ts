/** Every command of the manifest, by its id without the `rankwise.` in front. */
import { commands, type Disposable } from 'vscode';
import { showError } from '../messages.ts';
import type { Services } from '../services.ts';
import { cancel } from './cancel.ts';
import { compareMethods } from './compare-methods.ts';
import { compareRecipe } from './compare-recipe.ts';
import { compareRuns } from './compare-runs.ts';
import { composeAdapters } from './compose-adapters.ts';
import { copyLoadingCode } from './copy-loading-code.ts';
import { copyPython } from './copy-python.ts';
import { copyRunName, copyRunPath } from './copy-run.ts';
import { deleteRuns } from './delete-runs.ts';
import { exportAdapter } from './export-adapter.ts';
import { clearRunFilter, filterRuns } from './filter-runs.ts';
import { importRecipe } from './import-recipe.ts';
import { compareAdapters, inspectAdapter } from './inspect-adapter.ts';
import { archiveRuns, renameRuns, starRuns, unarchiveRuns, unstarRuns } from './label-runs.ts';
import { mergeAdapter } from './merge-adapter.ts';
import type { CommandName } from './names.ts';
import { newRecipe } from './new-recipe.ts';
import { openRunDirectory } from './open-run-directory.ts';
import { openRunRecipe } from './open-run-recipe.ts';
import { openRunsTogether } from './open-runs-together.ts';
import { playground } from './playground.ts';
import { previewData } from './preview-data.ts';
import { refreshRuns } from './refresh-runs.ts';
import { rerunFailed } from './rerun-failed.ts';
import { restartDaemon } from './restart-daemon.ts';
import { resume } from './resume.ts';
import { revealRun } from './reveal-run.ts';
import { run } from './run.ts';
import { showDiskUse } from './show-disk-use.ts';
import { showLog } from './show-log.ts';
import { showModelOutline } from './show-model-outline.ts';
import { showMoreRuns } from './show-more-runs.ts';
import { showRun } from './show-run.ts';
import { showSpectrum } from './show-spectrum.ts';
import { showTrash } from './show-trash.ts';
import { tagRuns } from './tag-runs.ts';
import { validate } from './validate.ts';

const handlers: Record<CommandName, (services: Services, argument: unknown, selected: unknown) => Promise<unknown>> = {
  newRecipe,
  run,
  cancel,
  resume,
  rerunFailed,
  showRun,
  openRunsTogether,
  showSpectrum,
  playground,
  compareMethods,
  compareRuns,
  showModelOutline,
  previewData,
  inspectAdapter,
  compareAdapters,
  mergeAdapter,
  exportAdapter,
  composeAdapters,
  openRunDirectory,
  openRunRecipe,
  validate,
  importRecipe,
  copyPython,
  restartDaemon,
  showLog,
  refreshRuns,
  compareRecipe,
  filterRuns,
  clearRunFilter,
  showMoreRuns,
  starRuns,
  unstarRuns,
  tagRuns,
  renameRuns,
  archiveRuns,
  unarchiveRuns,
  deleteRuns,
  showTrash,
  showDiskUse,
  copyRunPath,
  copyRunName,
  copyLoadingCode,
  revealRun,
};

/** Errors end here: people see what happened and what to do, and callers get undefined. */
export function registerCommands(services: Services): Disposable[] {
  return Object.entries(handlers).map(([name, handler]) =>
    commands.registerCommand(`rankwise.${name}`, async (argument: unknown, selected: unknown) => {
      try {
        return await handler(services, argument, selected);
      } catch (error) {
        void showError(services.log, error);
        return undefined;
      }
    }),
  );
}

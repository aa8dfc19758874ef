/** The commands that package.json contributes; `commands/index.ts` implements each, and a test compares the two. */
export const commandNames = [
  'run',
  'cancel',
  'resume',
  'rerunFailed',
  'showRun',
  'showSpectrum',
  'compareMethods',
  'showModelOutline',
  'mergeAdapter',
  'exportAdapter',
  'composeAdapters',
  'openRunDirectory',
  'openRunRecipe',
  'validate',
  'importRecipe',
  'copyPython',
  'restartDaemon',
  'showLog',
  'refreshRuns',
] as const;
export type CommandName = (typeof commandNames)[number];

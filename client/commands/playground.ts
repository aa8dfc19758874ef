/** Opens a playground for a run and its base, for an adapter folder, or for a recipe's last result. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { l10n, Uri, window } from 'vscode';
import { recipeFile } from '../../server/base/run-folder.ts';
import { hasWeights } from '../../server/metrics/run-state.ts';
import type { PlaygroundAbout } from '../../server/protocol/playground-view.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { aboutModel, aboutRun } from '../playground-about.ts';
import type { Services } from '../services.ts';
import { baseOfAdapter, kindOfFolder, runOfAdapter } from '../spectrum-subjects.ts';
import { modelOf } from './spectrum-targets.ts';
import { demandTrust, pickFolder, pickRun, runOf } from './targets.ts';

type About = Promise<PlaygroundAbout | undefined>;

export async function playground(services: Services, argument: unknown): Promise<void> {
  if (!(await demandTrust())) return;
  const about = await aboutOf(services, argument);
  if (about) services.playgrounds.show(about);
}

async function aboutOf(services: Services, argument: unknown): About {
  if (runOf(argument) !== undefined) return picked(services, argument);
  if (argument instanceof Uri) return ofUri(services, argument);
  // A lens gives its recipe's URI as text.
  if (typeof argument === 'string') return ofRecipe(services, Uri.parse(argument));
  const active = window.activeTextEditor?.document;
  return active?.languageId === 'peft' ? ofRecipe(services, active.uri) : picked(services, undefined);
}

async function picked(services: Services, argument: unknown): About {
  const title = l10n.t('Open a playground for which run?');
  const none = l10n.t('There is no run with a model to ask.');
  const record = await pickRun(services, argument, title, none, hasWeights);
  return record && ofRun(services, record);
}

async function ofRun(services: Services, { run, name }: Pick<RunRecord, 'run' | 'name'>): About {
  const model = await modelOf(services, Uri.file(recipeFile(run)));
  return model === undefined ? undefined : aboutRun(run, name, model);
}

/** The recipe's model, beside what its last finished run made of it. */
async function ofRecipe(services: Services, recipe: Uri): About {
  await services.runs.refresh();
  const own = services.runs.all().find((run) => run.state === 'finished' && run.recipe === recipe.fsPath);
  if (own) return ofRun(services, own);
  const model = await modelOf(services, recipe);
  return model === undefined ? undefined : aboutModel(model);
}

/** A folder, or a file in it such as adapter_config.json. */
async function ofUri(services: Services, uri: Uri): About {
  if (uri.path.endsWith('.peft')) return ofRecipe(services, uri);
  const folder = statSync(uri.fsPath).isDirectory() ? uri.fsPath : path.dirname(uri.fsPath);
  const kind = kindOfFolder(folder);
  if (kind === 'model') return aboutModel(folder);
  if (kind === 'run') return ofRun(services, { run: folder, name: path.basename(folder) });
  const run = runOfAdapter(folder);
  const model = run === undefined ? baseOfAdapter(folder) : await modelOf(services, Uri.file(recipeFile(run)));
  const base = model ?? (await pickFolder(l10n.t('Choose the Folder of the Base Model')));
  return base === undefined ? undefined : aboutModel(base, { model: base, adapter: folder }, path.basename(folder));
}

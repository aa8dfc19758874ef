/** What a spectrum is asked for: a recipe, a run, a folder; handed over by a view, or picked. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { l10n, type QuickPickItem, QuickPickItemKind, Uri, window } from 'vscode';
import { RankwiseError } from '../../server/base/errors.ts';
import { recipeFile } from '../../server/base/run-folder.ts';
import { hasWeights } from '../../server/metrics/run-state.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import type { SpectrumSubject } from '../../server/protocol/spectrum-view.ts';
import type { SpectrumServices } from '../services.ts';
import { baseOfAdapter, kindOfFolder, runOfAdapter, type SpectrumAbout, subjectOf } from '../spectrum-subjects.ts';
import { showFindings } from './findings.ts';
import { pickFolder, pickRun, recipeDocument, runItem } from './targets.ts';

type About = Promise<SpectrumAbout | undefined>;

/** As the language server resolves it; undefined: the recipe's faults are shown. Errors: `model-not-known`. */
export async function modelOf({ language }: SpectrumServices, recipe: Uri): Promise<string | undefined> {
  const answer = await language.spectrum(recipe);
  if (!('diagnostics' in answer)) return answer.model;
  if (answer.diagnostics.length === 0)
    throw new RankwiseError('model-not-known', 'The model is still being read.', { hint: 'Try again.' });
  await showFindings(recipe, answer.diagnostics);
  return undefined;
}

export async function ofRecipe(services: SpectrumServices, uri: Uri): About {
  const model = await modelOf(services, uri);
  if (model === undefined) return undefined;
  return { subjects: [subjectOf(model)], ...(uri.scheme === 'file' && { recipe: uri.fsPath }) };
}

/** The model of the run's own recipe, with the adapter that it trained, or the model; the base alone before there is one. */
export async function ofRun(services: SpectrumServices, { run, name, adapters = [], modelPath }: Result): About {
  const adapter = adapters.length > 1 ? await pickAdapter(adapters) : (adapters[0]?.path ?? modelPath);
  if (adapters.length > 1 && adapter === undefined) return undefined;
  const about = await ofRecipe(services, Uri.file(recipeFile(run)));
  const [first] = about?.subjects ?? [];
  return first && { subjects: [subjectOf(first.model, adapter, name)], run };
}
type Result = Pick<RunRecord, 'run' | 'name' | 'adapters' | 'modelPath'>;

export async function ofFolder(services: SpectrumServices, folder: string): About {
  const kind = kindOfFolder(folder);
  if (kind === 'model') return { subjects: [subjectOf(folder)] };
  if (kind === 'run') {
    const run = services.runs.get(folder) ?? (await services.daemon.request('adopt', { run: folder }));
    return ofRun(services, run);
  }
  const run = runOfAdapter(folder);
  if (run !== undefined)
    return ofRun(services, { run, name: path.basename(folder), adapters: [{ name: '', path: folder }] });
  const model = baseOfAdapter(folder) ?? (await pickFolder(l10n.t('Choose the Folder of the Base Model')));
  return model === undefined ? undefined : { subjects: [subjectOf(model, folder)] };
}

/** A folder, or a file in it such as config.json. */
export async function ofUri(services: SpectrumServices, uri: Uri): About {
  if (uri.scheme !== 'file')
    throw new RankwiseError('not-a-model-folder', `${uri} is not on this machine's disk.`, { file: uri.toString() });
  if (uri.path.endsWith('.peft')) return ofRecipe(services, uri);
  return ofFolder(services, statSync(uri.fsPath).isDirectory() ? uri.fsPath : path.dirname(uri.fsPath));
}

/** From the palette. */
export async function pickSpectrum(services: SpectrumServices): About {
  const recipe = { label: l10n.t('Recipe …') };
  const run = { label: l10n.t('Run …') };
  const folder = { label: l10n.t('Folder of a Model or an Adapter …') };
  const picked = await window.showQuickPick([recipe, run, folder], { title: l10n.t('Show the spectrum of what?') });
  if (picked === recipe) {
    const document = await recipeDocument(undefined);
    return document && ofRecipe(services, document.uri);
  }
  if (picked === run) {
    const title = l10n.t('Show the spectrum of which run?');
    const none = l10n.t('There is no run with a model to look at.');
    const record = await pickRun(services, undefined, title, none, hasWeights);
    return record && ofRun(services, record);
  }
  const chosen = picked && (await pickFolder(l10n.t('Show Spectrum')));
  return chosen === undefined ? undefined : ofFolder(services, chosen);
}

/** What to lay over `first`: a finished run, or what a folder holds. */
export async function pickComparison(
  services: SpectrumServices,
  first: SpectrumSubject,
): Promise<SpectrumSubject | undefined> {
  await services.runs.refresh();
  const shown = ({ adapters = [], modelPath }: RunRecord) =>
    [modelPath, ...adapters.map(({ path }) => path)].includes(first.adapter ?? '');
  const finished = services.runs
    .all()
    .filter((record) => record.state === 'finished' && hasWeights(record) && !shown(record));
  const runs = finished.map(runItem);
  const folder = { label: l10n.t('Folder of a Model or an Adapter …') };
  const separator = { label: l10n.t('Base against merged, or another run'), kind: QuickPickItemKind.Separator };
  const items = [folder, ...(runs.length > 0 ? [separator, ...runs] : [])];
  const title = l10n.t('Compare {0} with what?', first.title);
  const picked = await window.showQuickPick<QuickPickItem & { record?: RunRecord }>(items, {
    title,
    matchOnDetail: true,
  });
  if (!picked) return undefined;
  if (picked.record) return (await ofRun(services, picked.record))?.subjects[0];
  const chosen = await pickFolder(l10n.t('Compare'));
  return chosen === undefined ? undefined : (await ofFolder(services, chosen))?.subjects[0];
}

async function pickAdapter(adapters: { name: string; path: string }[]): Promise<string | undefined> {
  const items = adapters.map(({ name, path }) => ({ label: name, path }));
  return (await window.showQuickPick(items, { title: l10n.t('Which adapter of the run?') }))?.path;
}

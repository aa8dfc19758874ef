/** Which spectra a folder stands for. Reads the heads of folders, not of weights; no editor in here. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../server/base/errors.ts';
import { isRun } from '../server/base/run-folder.ts';
import type { SpectrumSubject, SpectrumViewState } from '../server/protocol/spectrum-view.ts';

/** What a panel is about: what its page keeps, less how it looks. */
export type SpectrumAbout = Omit<SpectrumViewState, 'view'>;

/** A model's folder, an adapter's, or a run's. Errors: `not-a-model-folder`. */
export function kindOfFolder(folder: string): 'model' | 'adapter' | 'run' {
  const has = (name: string) => existsSync(path.join(folder, name));
  if (has('adapter_config.json')) return 'adapter';
  if (has('run.json') && isRun(folder)) return 'run';
  if (has('config.json')) return 'model';
  throw new RankwiseError('not-a-model-folder', `${folder} is no folder of a model, an adapter or a run.`, {
    file: folder,
    hint: 'Choose one with a config.json, an adapter_config.json or a run.json in it.',
  });
}

/** The run that an adapter folder is the result of, or a checkpoint of. */
export function runOfAdapter(adapter: string): string | undefined {
  let folder = path.dirname(adapter);
  for (let up = 0; up < 3; up++, folder = path.dirname(folder))
    if (existsSync(path.join(folder, 'run.json')) && isRun(folder)) return folder;
  return undefined;
}

/** The base that an adapter names, where that is a folder here: absolute, or relative to the adapter. */
export function baseOfAdapter(adapter: string): string | undefined {
  try {
    const { base_model_name_or_path: base } = JSON.parse(
      readFileSync(path.join(adapter, 'adapter_config.json'), 'utf8'),
    );
    const folder = typeof base === 'string' && base !== '' ? path.resolve(adapter, base) : undefined;
    return folder !== undefined && existsSync(path.join(folder, 'config.json')) ? folder : undefined;
  } catch {
    return undefined; // the job says what is wrong with it, once it knows the model
  }
}

/** "roberta-base", "roberta-base + pirate". `name`: what to call the adapter; default: its folder. */
export function subjectOf(model: string, adapter?: string, name = adapter && path.basename(adapter)): SpectrumSubject {
  const title = path.basename(model);
  return adapter === undefined ? { model, title } : { model, adapter, title: `${title} + ${name}` };
}

/** Shown together they are one subject: its base, and the merged weights beside it. */
export function asComparison(first: SpectrumSubject, picked: SpectrumSubject): SpectrumSubject[] {
  const merged = first.adapter === undefined && picked.adapter !== undefined && picked.model === first.model;
  return merged ? [picked] : [first, picked];
}

/** Which base saved adapters belong to, from what they say of themselves. */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { recordedBase } from './base-weights.ts';
import { listAdapters, readAdapterConfig } from './peft.ts';

/** The base that adapter_config.json in `dir` names: a folder or a hub id. Throws `base-unknown`. */
export function namedBase(dir: string): string {
  const base = readAdapterConfig(dir).base_model_name_or_path;
  if (typeof base === 'string' && base !== '') return base;
  throw new RankwiseError('base-unknown', `${dir}: adapter_config.json does not name its base model.`, {
    file: path.join(dir, 'adapter_config.json'),
    field: 'base_model_name_or_path',
    hint: 'Name it with --model.',
  });
}

/**
 * The one base of the adapters in these folders: `model` if given, else the first that they name. Throws `different-bases` where they record other weights,
 * or record none and name other models; and `base-unknown`.
 */
export function commonBase(folders: readonly string[], model?: string): string {
  const adapters = folders
    .flatMap((folder) => listAdapters(folder))
    .map(({ dir }) => ({ dir, base: recordedBase(dir) }));
  const recorded = adapters.filter(({ base }) => base !== undefined);
  const [first] = recorded;
  const other = recorded.find(({ base }) => base!.sha256 !== first!.base!.sha256);
  if (first && other)
    throw differentBases(
      `${first.dir} was trained on weights with SHA-256 ${first.base!.sha256}, ${other.dir} on weights with ${other.base!.sha256}.`,
      other.dir,
    );
  if (model !== undefined) return model;
  const names = adapters.map(({ dir }) => [dir, namedBase(dir)] as const);
  const [[dir, name]] = names as [readonly [string, string]];
  const elsewhere = recorded.length < adapters.length && names.find(([, given]) => placeOf(given) !== placeOf(name));
  if (elsewhere)
    throw differentBases(`${dir} names the base ${name}, ${elsewhere[0]} names ${elsewhere[1]}.`, elsewhere[0]);
  // A model may have been moved since one of them was trained.
  return names.find(([, given]) => existsSync(given))?.[1] ?? name;
}

const placeOf = (model: string): string => (existsSync(model) ? realpathSync(model) : model);

const differentBases = (message: string, file: string) =>
  new RankwiseError('different-bases', `${message} Changes of different weights cannot be added.`, {
    file,
    hint: 'Compose adapters that were trained on one model. If these were, name it with --model; records of weights must agree all the same.',
  });

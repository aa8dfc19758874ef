/** What a saved adapter says of itself, as the recipe entry that it once was: counts and checks without its weights. */
import path from 'node:path';
import { type ErrorData, errorData, RankwiseError } from '../base/errors.ts';
import { isRecord } from '../base/record.ts';
import { methodOf, methods } from '../methods/registry.ts';
import type { MatrixSettings, Method } from '../methods/types.ts';
import type { AdapterEntry } from '../recipe/types.ts';
import { adapterHeader, baseField, listAdapters, readAdapterConfig, weightsName } from './peft.ts';
import { unknownFields, unsupportedFields } from './peft-fields.ts';
import type { Loaded } from './workspace.ts';

export type SavedAdapterResult =
  | { entry: Omit<AdapterEntry, 'name' | 'path'>; unknown?: string[] }
  | { error: ErrorData };

/** Reads adapter_config.json of the folder that `saved` names from the recipe's folder, and the header of its weights. Faults come back as data. */
export function loadSavedAdapter(folder: string, saved: string): Loaded<SavedAdapterResult> {
  if (saved.includes('\0'))
    return {
      value: { error: errorData(new RankwiseError('adapter-not-found', 'The path holds a NUL character')) },
      files: [],
    };
  const dir = path.resolve(folder, saved);
  const files = [
    dir,
    path.join(dir, 'adapter_config.json'),
    path.join(dir, 'rankwise.json'),
    path.join(dir, weightsName),
  ];
  try {
    const [first, ...more] = listAdapters(dir);
    if (more.length > 0) throw severalAdapters(dir, saved, [first!, ...more]);
    const config = readAdapterConfig(first!.dir);
    const entry = entryOf(config, first!.dir);
    demandSupported(config, entry.method, first!.dir);
    adapterHeader(first!.dir);
    const unknown = unknownFields(config).filter((field) => field !== baseField);
    return { value: { entry, ...(unknown.length > 0 && { unknown }) }, files };
  } catch (error) {
    return { value: { error: errorData(error) }, files };
  }
}

/** One entry is one adapter: its counts, name and settings are shown at its place in the recipe. */
function severalAdapters(dir: string, saved: string, found: readonly { name: string }[]): RankwiseError {
  const entries = found.map(({ name }) => `{ path: ${path.posix.join(saved, name)} }`);
  return new RankwiseError('several-adapters', `${dir} holds ${found.length} adapters`, {
    file: dir,
    hint: `Give each an entry of its own: ${entries.join(', ')}.`,
  });
}

/** Those of all entries that name one, by the path as written. */
export function loadSavedAdapters(
  folder: string,
  entries: readonly Pick<AdapterEntry, 'path'>[],
): Record<string, SavedAdapterResult> {
  const named = entries.flatMap(({ path: saved }) => (saved === undefined ? [] : [saved]));
  return Object.fromEntries(named.map((saved) => [saved, loadSavedAdapter(folder, saved).value]));
}

/** The entry that adapter_config.json (from the folder `dir`) describes. Throws `bad-adapter-config`, `unsupported-adapter`. */
export function entryOf(config: Record<string, unknown>, dir: string): Omit<AdapterEntry, 'name' | 'path'> {
  const [method, settings] = settingsOf(config, dir);
  const { layers_to_transform: layers, target_modules, modules_to_save } = config;
  return {
    method: method.id,
    ...settings,
    ...(isText(target_modules) && { target_modules }),
    exclude_modules: isText(config.exclude_modules) ? config.exclude_modules : [],
    layers_to_transform: typeof layers === 'number' ? [layers] : isList(layers, 'number') ? layers : 'all',
    rank_pattern: numbers(config.rank_pattern),
    alpha_pattern: numbers(config.alpha_pattern),
    modules_to_save: isList(modules_to_save, 'string') ? modules_to_save : [],
  };
}

/** Throws `unsupported-adapter-field` for a field without which the adapter would compute something else. */
export function demandSupported(config: Record<string, unknown>, method: string, dir: string): void {
  const biases = ![undefined, null, 'none'].includes(config.bias as null);
  const { title, fields } = methodOf(method)!;
  const strange = biases && !fields.some(({ name }) => name === 'bias');
  const [field] = [...unsupportedFields(config), ...(strange ? ['bias'] : [])];
  if (field === undefined) return;
  throw new RankwiseError(
    'unsupported-adapter-field',
    `${dir}: ${field} is in use in adapter_config.json, which is not supported with ${title}.`,
    { file: dir, field, hint: 'Without it the adapter would compute something else.' },
  );
}

function settingsOf(config: Record<string, unknown>, dir: string): [Method, MatrixSettings] {
  for (const method of Object.values<Method>(methods)) {
    const settings = method.fromPeft?.(config);
    if (!settings) continue;
    const rank = method.fields.find(({ name }) => name === 'rank');
    // Where it has no default, 0 stands for none.
    const least = rank?.default === undefined ? 0 : 1;
    if (!rank || (Number.isInteger(settings.rank) && settings.rank >= least && Number.isFinite(settings.alpha)))
      return [method, settings];
    throw new RankwiseError('bad-adapter-config', `${dir}: rank ${settings.rank} with alpha ${settings.alpha}.`, {
      file: dir,
      field: 'r',
      hint: 'Both must be numbers above 0: correct adapter_config.json.',
    });
  }
  throw new RankwiseError('unsupported-adapter', `${dir}: ${String(config.peft_type)} adapters cannot be used yet.`, {
    file: dir,
    field: 'peft_type',
  });
}

function isList(value: unknown, type: 'string'): value is string[];
function isList(value: unknown, type: 'number'): value is number[];
function isList(value: unknown, type: 'string' | 'number'): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}

const isText = (value: unknown): value is string | string[] => typeof value === 'string' || isList(value, 'string');

const numbers = (value: unknown): Record<string, number> =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter((pair): pair is [string, number] => typeof pair[1] === 'number'))
    : {};

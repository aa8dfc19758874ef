/** Saved adapters in PEFT's format, back as sites: what `adapters: [{path}]`, `--adapter` and merging start from. */
import { tensorHalf, tensorHalves } from '../adapters/registry.ts';
import type { MatrixAdapter } from '../adapters/types.ts';
import type { Module } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import type { HostTensor } from '../base/tensor.ts';
import { matchPattern } from '../budget/match.ts';
import { listAdapters, peftPrefix, readAdapter } from '../checkpoint/peft.ts';
import type { MatrixSettings } from '../methods/types.ts';
import type { AdapterEntry } from '../recipe/types.ts';

/** One adapter folder, taken apart for a model. */
export interface SavedEntry {
  entry: AdapterEntry;
  half: MatrixAdapter;
  sites: { module: Module; settings: MatrixSettings; tensors: Record<string, HostTensor> }[];
  /** Trained copies of base parameters (`modules_to_save`), by name. */
  parameters: Map<string, HostTensor>;
  warnings: { code: string; message: string }[];
}

type Modules = ReadonlyMap<string, Module>;

/**
 * The adapters of a folder (one, or several in subfolders) for a model with these modules. Throws `bad-adapter` with the tensor for
 * one that does not fit the model, `unsupported-adapter` for a method that is not known here, and what reading throws.
 */
export async function readSavedEntries(
  entry: AdapterEntry & { path: string },
  modules: Modules,
): Promise<SavedEntry[]> {
  const folders = listAdapters(entry.path);
  const read = folders.map(({ name, dir }) => readOne({ ...entry, ...(folders.length > 1 && { name }) }, dir, modules));
  return Promise.all(read);
}

async function readOne(entry: AdapterEntry, dir: string, modules: Modules): Promise<SavedEntry> {
  const { config, tensors, problems } = await readAdapter(dir);
  const fault = problems.find((problem) => problem.severity === 'error');
  if (fault) throw new RankwiseError(fault.code, fault.message, { file: dir });
  const usual = usualSettings(config, dir);
  const half = tensorHalf(usual.method) as MatrixAdapter;
  const parts = new Map<string, Record<string, HostTensor>>();
  const parameters = new Map<string, HostTensor>();
  for (const [key, tensor] of tensors) {
    const name = key.startsWith(peftPrefix) ? key.slice(peftPrefix.length) : key;
    const part = Object.entries(half.peftKeys).find(([suffix]) => name.endsWith(`.${suffix}`));
    const module = modules.get(name.slice(0, part ? -part[0].length - 1 : name.lastIndexOf('.')));
    const parameter = module?.parameters[name.slice(module.name.length + 1)];
    if (module && part) parts.set(module.name, { ...parts.get(module.name), [part[1]]: tensor });
    else if (parameter) parameters.set(name, expectShape(dir, key, tensor, parameter));
    else throw misfit(dir, key, 'The model has no place for it.');
  }
  const sites = [...parts].map(([name, found]) => {
    const module = modules.get(name)!;
    const site = { module, settings: settingsAt(name, usual, config), tensors: found };
    for (const [tensor, shape] of Object.entries(half.shapes({ ...module, settings: site.settings })))
      expectShape(dir, `${name}.${tensor}`, found[tensor], shape);
    return site;
  });
  const { method, rank, alpha, options } = usual;
  return {
    entry: { ...entry, method, rank, alpha, options, modules_to_save: strings(config.modules_to_save) },
    half,
    sites,
    parameters,
    warnings: problems.map(({ code, message }) => ({ code, message })),
  };
}

interface UsualSettings extends MatrixSettings {
  method: string;
}

function usualSettings(config: Record<string, unknown>, dir: string): UsualSettings {
  for (const half of Object.values(tensorHalves)) {
    const settings = half.kind === 'matrices' ? half.fromPeft(config) : undefined;
    if (!settings) continue;
    if (!Number.isInteger(settings.rank) || settings.rank < 1 || !Number.isFinite(settings.alpha))
      throw new RankwiseError('bad-adapter-config', `${dir}: rank ${settings.rank} with alpha ${settings.alpha}.`, {
        file: dir,
        field: 'r',
        hint: 'Both must be numbers above 0: correct adapter_config.json.',
      });
    return settings;
  }
  throw new RankwiseError('unsupported-adapter', `${dir}: ${config.peft_type} adapters cannot be used yet.`, {
    file: dir,
    field: 'peft_type',
  });
}

function settingsAt(module: string, usual: UsualSettings, config: Record<string, unknown>): MatrixSettings {
  const at = (field: string, otherwise: number): number => {
    const pattern = (config[field] ?? {}) as Record<string, unknown>;
    const key = matchPattern(Object.keys(pattern), [module]).keyOf.get(module);
    return key === undefined ? otherwise : Number(pattern[key]);
  };
  return { rank: at('rank_pattern', usual.rank), alpha: at('alpha_pattern', usual.alpha), options: usual.options };
}

function expectShape(dir: string, key: string, tensor: HostTensor | undefined, shape: number[]): HostTensor {
  if (!tensor) throw misfit(dir, key, 'It is missing from the file.');
  if (tensor.shape.join() === shape.join()) return tensor;
  throw misfit(dir, key, `It is [${tensor.shape}]; model and adapter_config.json imply [${shape}].`);
}

const misfit = (dir: string, key: string, what: string) =>
  new RankwiseError('bad-adapter', `${dir}: tensor ${key}: ${what}`, {
    file: dir,
    field: key,
    hint: 'Use the adapter with the model that it was trained for, and copy its folder whole.',
  });

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** The trained adapters as PEFT folders, which Hugging Face PEFT 0.21 loads unchanged. */
import path from 'node:path';
import { tensorHalf } from '../adapters/registry.ts';
import type { ParameterAdapter, PeftPatterns } from '../adapters/types.ts';
import { errorData } from '../base/errors.ts';
import type { HostTensor, NamedTensors } from '../base/tensor.ts';
import { matchSaved } from '../budget/match.ts';
import { baseField, type NewAdapter, peftPrefix, sharedPrefix, writeAdapter } from '../checkpoint/peft.ts';
import type { MatrixSettings } from '../methods/types.ts';
import type { AdapterEntry, ModelSection } from '../recipe/types.ts';
import { type Assembly, type Site, tensorName } from './assemble-types.ts';
import { turned } from './conv1d.ts';
import { keepSites } from './shared-factors.ts';

/** See `TrainableModel.saveAdapters`. Throws `output-exists`. */
export async function saveAdapters(assembly: Assembly, model: ModelSection, folder: string) {
  const written: { name: string; path: string }[] = [];
  const digests = keepSites([...assembly.sites.values()], assembly.home);
  const adapters = adapterFolders(assembly, model, digests);
  for (const { name, ...adapter } of adapters) {
    const target = path.resolve(folder, 'adapter', ...(adapters.length > 1 ? [name] : []));
    await writeAdapter(target, await withBase(assembly, name, adapter));
    written.push({ name, path: target });
  }
  return written;
}

/**
 * With the digests of the base that it was trained on. A base that has been replaced meanwhile can no longer be hashed: the adapter then says nothing of
 * it, which is better than no adapter.
 */
export async function withBase({ sites, base }: Assembly, entry: string, adapter: NewAdapter): Promise<NewAdapter> {
  const adapted = [...sites.values()].filter((site) => site.entry.name === entry).map(({ name }) => name);
  try {
    return { ...adapter, own: { ...adapter.own, [baseField]: await base(adapted) } };
  } catch (error) {
    if (errorData(error).code === 'weights-changed') return adapter;
    throw error;
  }
}

/**
 * One complete folder per entry: its sites, and the modules that it trains in full even when another entry does as well. `digests`: of factors that
 * lie elsewhere, by module.
 */
export function adapterFolders(
  assembly: Assembly,
  model: ModelSection,
  digests: Record<string, string> = {},
): (NewAdapter & { name: string })[] {
  return assembly.entries.map((entry) => {
    const sites = [...assembly.sites.values()].filter((site) => site.entry.name === entry.name);
    const adapted = new Set(sites.map((site) => site.name));
    const saved = savedModules(assembly, entry);
    const tensors: NamedTensors = new Map();
    for (const [key, tensor] of sharedTensors(sites[0])) tensors.set(`${sharedPrefix}${key}`, tensor);
    for (const site of sites)
      for (const [part, tensor] of fileTensors(site)) tensors.set(`${peftPrefix}${tensorName(site, part)}`, tensor);
    for (const [name, tensor] of assembly.trainable) {
      const [module, parameter] = split(name);
      if (!ownsInPlace(assembly, entry, name) && !saved.modules.has(module)) continue;
      // PEFT puts the layer that it adapts below one of its own; nothing but the bias of one is trained beside its adapter.
      const key = adapted.has(module) ? `${module}.base_layer.bias` : name;
      tensors.set(`${peftPrefix}${key}`, turned(assembly.modules.get(module)!, parameter, tensor));
    }
    const { config, ...own } =
      sites.length > 0
        ? adapterConfig(assembly, model, sites, saved.names)
        : parameterConfig(assembly, model, entry, saved.names);
    const factors = Object.fromEntries(Object.entries(digests).filter(([name]) => adapted.has(name)));
    const fields = { ...assembly.unknown?.get(entry), ...config };
    const whole = Object.keys(factors).length > 0 ? { ...fields, factors } : fields;
    return { name: entry.name, config: whole, ...own, tensors };
  });
}

/** Module and parameter. */
function split(name: string): [string, string] {
  const dot = name.lastIndexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

/** Whether an entry trains a parameter of the base. A bias may be that of several: each folder is complete. */
function ownsInPlace({ inPlace, sites }: Assembly, entry: AdapterEntry, name: string): boolean {
  const owner = inPlace.get(name);
  if (!owner || owner.name === entry.name) return owner !== undefined;
  const { bias } = entry.options;
  const module = name.slice(0, -'.bias'.length);
  return name.endsWith('.bias') && (bias === 'all' || (bias === 'lora_only' && sites.get(module)?.entry === entry));
}

function sharedTensors(site: Site | undefined): [string, HostTensor][] {
  const factors = site?.half.shared;
  if (!factors?.kept(site!.settings)) return [];
  return Object.entries(factors.keys).map(([key, name]) => [key, site!.state.shared![name]!]);
}

function fileTensors({ half, state }: Site): [string, HostTensor][] {
  const tensors = half.pack?.(state) ?? { ...state.trainable, ...state.frozen };
  return Object.values(half.peftKeys).flatMap((part) => (tensors[part] ? [[part, tensors[part]]] : []));
}

/** PEFT's names of what an entry trains in full ("classifier" stands for all below it), and those modules. */
function savedModules({ table, trainable }: Assembly, entry: AdapterEntry): { names: string[]; modules: Set<string> } {
  const base = `${table.basePrefix}.`;
  const heads = table.modules.flatMap(({ role, fresh, name }) =>
    role === 'task-head' ? [name.split('.')[0]!] : fresh ? [name.replace(base, '')] : [],
  );
  const listed = entry.modules_to_save ?? [];
  const names = entry.modules_to_save?.length === 0 ? [] : [...new Set([...listed, ...heads])];
  const modules = new Set<string>();
  const present = names.filter((name) => {
    const matched = matchSaved(table, name).filter((module) => trainable.has(`${module.name}.weight`));
    for (const module of matched) modules.add(module.name);
    return matched.length > 0;
  });
  return { names: present, modules };
}

function adapterConfig(
  assembly: Assembly,
  model: ModelSection,
  sites: Site[],
  saved: string[],
): Omit<NewAdapter, 'tensors'> {
  const { half } = sites[0]!;
  const usual = usualSettings(sites);
  const patterns: PeftPatterns = { rank: {}, alpha: {} };
  for (const { name, settings } of sites) {
    if (settings.rank !== usual.rank) patterns.rank[name] = settings.rank;
    if (settings.alpha !== usual.alpha) patterns.alpha[name] = settings.alpha;
  }
  const targets = targetModules(assembly, sites);
  const own = half.ownConfig?.(usual, patterns);
  const fields = half.peftConfig(usual, patterns, sites, targets);
  // How PEFT says that the weights are those of Conv1D modules.
  const conv1d = sites.some(({ name }) => assembly.modules.get(name)!.kind === 'conv1d');
  const config = {
    ...commonFields(assembly, model, targets, saved),
    ...fields,
    ...(conv1d && 'fan_in_fan_out' in fields && { fan_in_fan_out: true }),
  };
  return { config, ...(own && { own }) };
}

/** Of an entry whose method trains the base's own parameters. */
function parameterConfig(
  assembly: Assembly,
  model: ModelSection,
  entry: AdapterEntry,
  saved: string[],
): Omit<NewAdapter, 'tensors'> {
  const half = tensorHalf(entry.method) as ParameterAdapter;
  const own = [...assembly.inPlace].filter(([, { name }]) => name === entry.name);
  const modules = own.map(([name]) => ({ name: split(name)[0] }));
  const targets = targetModules(assembly, modules);
  return { config: { ...commonFields(assembly, model, targets, saved), ...half.peftConfig?.() } };
}

function commonFields(assembly: Assembly, model: ModelSection, targets: string[], saved: string[]) {
  return {
    auto_mapping: null,
    base_model_name_or_path: model.path,
    exclude_modules: null,
    inference_mode: true,
    layers_pattern: null,
    layers_to_transform: null,
    modules_to_save: saved.length > 0 ? saved : null,
    revision: null,
    target_modules: targets,
    task_type: taskType(assembly, saved),
  };
}

/** The rank and alpha that most sites have; the others become patterns. */
function usualSettings(sites: Site[]): MatrixSettings {
  const counts = new Map<string, number>();
  const kind = ({ settings }: Site) => `${settings.rank} ${settings.alpha}`;
  for (const site of sites) counts.set(kind(site), (counts.get(kind(site)) ?? 0) + 1);
  return sites.reduce((most, site) => (counts.get(kind(site))! > counts.get(kind(most))! ? site : most)).settings;
}

/** The last parts of the names where they mean exactly these modules ("q_proj", "v_proj"), else the names in full. */
function targetModules({ table }: Assembly, sites: readonly { name: string }[]): string[] {
  const last = (name: string) => name.slice(name.lastIndexOf('.') + 1);
  const names = sites.map((site) => site.name);
  const short = [...new Set(names.map(last))];
  const meant = table.modules.filter((module) => short.includes(last(module.name)));
  return (meant.length === names.length ? short : names).sort();
}

/**
 * PEFT saves and loads the head of a SEQ_CLS model by itself, so an adapter without one has no task type. Nor has one for seq2seq: PEFT 0.21's
 * class for it does not start with transformers 5.18, and the general one does all that it did.
 */
function taskType({ task }: Assembly, saved: string[]): string | null {
  if (task === 'causal-lm') return 'CAUSAL_LM';
  // PEFT knows no type for images: its examples leave it out.
  return saved.length > 0 && task !== 'image-classification' ? 'SEQ_CLS' : null;
}

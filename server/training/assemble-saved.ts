/** Saved adapters in PEFT's format, back as sites: what `adapters: [{path}]`, `--adapter` and merging start from. */
import { tensorHalf } from '../adapters/registry.ts';
import type { MatrixAdapter, MatrixSite, ParameterAdapter } from '../adapters/types.ts';
import type { Module, ModuleTable } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import { isRecord } from '../base/record.ts';
import type { HostTensor, NamedTensors } from '../base/tensor.ts';
import { matchEntry } from '../budget/entry.ts';
import { matchSaved } from '../budget/match.ts';
import { savedSettings } from '../budget/saved.ts';
import { type FactorsReference, isDigest } from '../checkpoint/factor-files.ts';
import type { Checkpoint } from '../checkpoint/model-folder.ts';
import { tableOf } from '../checkpoint/model-table.ts';
import {
  adapterHeader,
  listAdapters,
  peftPrefix,
  readAdapter,
  readAdapterConfig,
  sharedPrefix,
} from '../checkpoint/peft.ts';
import { demandSupported, entryOf } from '../checkpoint/saved-adapter.ts';
import { labelsOf, taskOf } from '../checkpoint/saved-task.ts';
import { methodOf } from '../methods/registry.ts';
import type { MatrixSettings } from '../methods/types.ts';
import type { AdapterEntry, Task } from '../recipe/types.ts';
import { tensorName } from './assemble-types.ts';
import { turned } from './conv1d.ts';
import { Differences } from './differences.ts';

export interface SavedSite {
  module: Module;
  half: MatrixAdapter;
  settings: MatrixSettings;
  tensors: Record<string, HostTensor>;
  /** Of a method whose factors lie outside the adapter. */
  factors?: FactorsReference;
}

/** One adapter folder, taken apart for a model. */
export interface SavedEntry {
  entry: AdapterEntry;
  /** None of a method that trains the base's own parameters. */
  sites: SavedSite[];
  /** Trained copies of base parameters (`modules_to_save`), by name. */
  parameters: Map<string, HostTensor>;
  /** Base parameters that the method itself trains, by name. */
  inPlace: Map<string, HostTensor>;
  /** Fields of adapter_config.json that nothing here knows: written back with the adapter. */
  unknown: Record<string, unknown>;
  warnings: { code: string; message: string }[];
}

/**
 * A base with the head that the adapters of a folder were trained with; without a folder with its own. `wanted`: the task, where it is known (PEFT
 * writes the same for classes and for a number). Reads headers alone. Throws `no-task`.
 */
export function savedTable(checkpoint: Checkpoint, folder?: string, wanted?: Task): { task: Task; table: ModuleTable } {
  const dirs = folder === undefined ? [] : listAdapters(folder).map(({ dir }) => dir);
  const [first] = dirs;
  const task = wanted ?? taskOf(checkpoint.config, first && readAdapterConfig(first).task_type, checkpoint.dir);
  const own = tableOf(checkpoint, task);
  const labels = labelsOf(
    own,
    dirs.map((dir) => ({ tensors: adapterHeader(dir) })),
  );
  return { task, table: labels === undefined ? own : tableOf(checkpoint, task, labels) };
}

/**
 * The adapters of a folder (one, or several in subfolders) for a model. Throws `bad-adapter` with all tensors that do not fit
 * the model or are not there, `unsupported-adapter` for a method that is not known here, and what reading throws.
 */
export async function readSavedEntries(
  { name, path: folder }: { name: string; path: string },
  table: ModuleTable,
): Promise<SavedEntry[]> {
  const found = listAdapters(folder);
  return Promise.all(found.map((one) => readOne(found.length === 1 ? name : one.name, one.dir, table)));
}

async function readOne(name: string, dir: string, table: ModuleTable): Promise<SavedEntry> {
  const { config, tensors, unknown, problems } = await readAdapter(dir);
  const fault = problems.find((problem) => problem.severity === 'error');
  if (fault) throw new RankwiseError(fault.code, fault.message, { file: dir });
  const read = entryOf(config, dir);
  demandSupported(config, read.method, dir);
  const options = { ...table.defaultOptions[read.method], ...read.options };
  const entry = { ...read, options, name, path: dir };
  const half = tensorHalf(entry.method);
  const notes = problems.map(({ code, message }) => ({ code, message }));
  const differences = new Differences(dir);
  if (half.kind === 'parameters') {
    const read = readInPlace(entry, half, tensors, table, differences);
    differences.demandNone();
    return { entry, sites: [], ...read, unknown, warnings: notes };
  }
  const { parts, parameters, shared } = sortTensors(tensors, half, table, differences);
  const names = [...parts.keys()].map((module) => module.name);
  for (const module of targetsOf(entry, table, parameters))
    if (!parts.has(module)) differences.add(module.name, 'It is a target, and the file has no tensor for it.');
  const settingsAt = savedSettings(entry, names);
  const places = [...parts.keys()].map((module) => ({ ...module, settings: settingsAt(module.name) }));
  const common = sharedOf(half, places, shared, differences);
  const sites = [...parts].map(([module, found]) => {
    const site: SavedSite = { module, half, settings: settingsAt(module.name), tensors: { ...found, ...common } };
    const shapes = half.shapes({ ...module, settings: site.settings });
    for (const [tensor, shape] of Object.entries(shapes))
      differences.shaped(tensorName({ name: module.name, half }, tensor), found[tensor], shape);
    for (const tensor of Object.keys(found))
      if (!Object.hasOwn(shapes, tensor))
        differences.add(tensorName({ name: module.name, half }, tensor), 'adapter_config.json does not imply it.');
    return half.factorsOutside ? { ...site, factors: referenceOf(config, module.name, dir) } : site;
  });
  const inPlace = biasesOf(entry, sites, parameters, table, differences);
  differences.demandNone();
  const copies = new Map([...parameters].filter(([name]) => !inPlace.has(name)));
  return { entry, sites, parameters: copies, inPlace, unknown, warnings: notes };
}

/** The base's biases that were trained beside the matrices, each of them there. */
function biasesOf(
  { options: { bias } }: AdapterEntry,
  sites: readonly SavedSite[],
  found: ReadonlyMap<string, HostTensor>,
  table: ModuleTable,
  differences: Differences,
): Map<string, HostTensor> {
  const meant = bias === 'all' ? table.modules : bias === 'lora_only' ? sites.map(({ module }) => module) : [];
  const own = meant.filter(({ name, parameters }) => parameters.bias && !found.has(`${name}.weight`));
  return new Map(
    own.map(({ name: module, parameters }) => {
      const name = `${module}.bias`;
      return [name, differences.shaped(name, found.get(name), parameters.bias!)];
    }),
  );
}

/** The parameters that a method trains in the base itself, each of them there, and the trained copies of others. */
function readInPlace(
  entry: AdapterEntry,
  half: ParameterAdapter,
  tensors: NamedTensors,
  table: ModuleTable,
  differences: Differences,
) {
  const { parameters: all } = sortTensors(tensors, { peftKeys: {} }, table, differences);
  const copied = new Set((entry.modules_to_save ?? []).flatMap((item) => matchSaved(table, item)));
  const owners = matchEntry(entry, 0, methodOf(entry.method)!, table, copied).modules;
  const inPlace = new Map<string, HostTensor>();
  for (const module of owners)
    for (const parameter of Object.keys(module.parameters)) {
      if (!half.trains(module.name, parameter)) continue;
      const name = `${module.name}.${parameter}`;
      const found = all.get(name);
      // Its shape in the file has been looked at.
      inPlace.set(name, differences.shaped(name, found, found?.shape ?? []));
    }
  return { parameters: new Map([...all].filter(([name]) => !inPlace.has(name))), inPlace };
}

/** What sits on matrices, by module, and the trained copies of base parameters, by name. */
function sortTensors(
  tensors: NamedTensors,
  half: Pick<MatrixAdapter, 'peftKeys' | 'shared'>,
  table: ModuleTable,
  differences: Differences,
) {
  const modules = new Map(table.modules.map((module) => [module.name, module]));
  const parts = new Map<Module, Record<string, HostTensor>>();
  const parameters = new Map<string, HostTensor>();
  const shared: Record<string, HostTensor> = {};
  for (const [key, tensor] of tensors) {
    const ofAll = half.shared?.keys[key.replace(sharedPrefix, '')];
    if (ofAll !== undefined) {
      shared[ofAll] = tensor;
      continue;
    }
    // PEFT has the layer that it adapts below one of its own.
    const name = (key.startsWith(peftPrefix) ? key.slice(peftPrefix.length) : key).replace('.base_layer.', '.');
    const part = Object.entries(half.peftKeys).find(([suffix]) => name.endsWith(`.${suffix}`));
    const module = modules.get(name.slice(0, part ? -part[0].length - 1 : name.lastIndexOf('.')));
    const parameter = name.slice(name.lastIndexOf('.') + 1);
    const shape = module?.parameters[parameter];
    if (module && part) parts.set(module, { ...parts.get(module), [part[1]]: tensor });
    else if (module && shape) parameters.set(name, turned(module, parameter, differences.shaped(key, tensor, shape)));
    else differences.add(key, 'The model has no place for it.');
  }
  return { parts, parameters, shared };
}

/** What all sites share: from the file, or made again where it is not kept there. */
function sharedOf(
  { shared: factors }: MatrixAdapter,
  sites: readonly MatrixSite[],
  found: Record<string, HostTensor>,
  differences: Differences,
): Record<string, HostTensor> {
  if (!factors || sites.length === 0) return {};
  // What depends on the seed of a run is kept.
  if (!factors.kept(sites[0]!.settings)) return factors.init(sites, 0);
  const wantedShapes = factors.shapes(sites);
  const fits = (size: number, wanted: number) => (factors.trained ? size === wanted : size >= wanted);
  for (const [key, name] of Object.entries(factors.keys)) {
    const [shape, wanted] = [found[name]?.shape, wantedShapes[name]!];
    if (!shape) differences.add(key, 'It is missing from the file, and what it was drawn from is not known here.');
    else if (shape.length !== wanted.length || !shape.every((size, i) => fits(size, wanted[i]!)))
      differences.add(
        key,
        `It is [${shape}]; model and adapter_config.json imply [${wanted}]${factors.trained ? '' : ' at least'}.`,
      );
  }
  return found;
}

/** The modules that the adapter's own target expression means. */
function targetsOf(entry: AdapterEntry, table: ModuleTable, parameters: ReadonlyMap<string, unknown>): Module[] {
  const copied = table.modules.filter(({ name }) => parameters.has(`${name}.weight`));
  return matchEntry(entry, 0, methodOf(entry.method)!, table, new Set(copied)).modules;
}

/** The digest that adapter_config.json gives of a module's factors. */
function referenceOf({ factors }: Record<string, unknown>, module: string, dir: string): FactorsReference {
  const digest = isRecord(factors) ? factors[module] : undefined;
  if (typeof digest === 'string' && isDigest(digest)) return { digest, dir };
  throw new RankwiseError('bad-adapter', `${dir}: adapter_config.json does not say which factors ${module} has.`, {
    file: dir,
    field: 'factors',
    hint: '`factors` gives the SHA-256 of its singular vectors: restore adapter_config.json as it was saved.',
  });
}

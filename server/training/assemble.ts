/** A base model with adapters, taken from the checkpoint and the recipe and put together for the pure steps. */

import { existsSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tensorHalf } from '../adapters/registry.ts';
import type { Module, ModuleTable } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import type { HostTensor } from '../base/tensor.ts';
import type { Claim, SavedModule, TrainedBias } from '../budget/types.ts';
import { baseWeights, demandBase, digestsOf, type WeightDigests } from '../checkpoint/base-weights.ts';
import type { Checkpoint } from '../checkpoint/model-folder.ts';
import { listAdapters } from '../checkpoint/peft.ts';
import { fromHost } from '../engine/index.ts';
import { modelFamily } from '../models/registry.ts';
import type { AdapterEntry, Dtype, ModelSection } from '../recipe/types.ts';
import { frozenParameter } from './assemble-frozen.ts';
import { parameterReader, type ReadParameter, storedParameter } from './assemble-parameters.ts';
import { readSavedEntries, type SavedEntry } from './assemble-saved.ts';
import { resumedTensors, siteStarts, siteStates } from './assemble-sites.ts';
import { type Assembly, type Site, tensorName, tiedNames } from './assemble-types.ts';
import { turned } from './conv1d.ts';
import type { Preparation } from './decompose.ts';
import type { ParameterGroup } from './types.ts';
import { weighable } from './weighing.ts';

export interface AssembleInput extends Preparation {
  model: ModelSection;
  adapters: AdapterEntry[];
  /** How the frozen matrices are held; `stored`: as the checkpoint has them. */
  held: Dtype | 'stored';
  /** Of initial values: the same seed gives the same bits. */
  seed: number;
  table: ModuleTable;
  /** `training.gradient_checkpointing`. */
  checkpointing?: boolean;
  /** `training.label_smoothing` and `training.neftune_alpha`. */
  labelSmoothing?: number;
  neftune?: number;
  /** Which modules the entries take, those of saved adapters included. */
  claims: Claim[];
  saved: SavedModule[];
  /** Biases that entries train beside their matrices. */
  biases?: readonly TrainedBias[];
  /** Adapters of a checkpoint to go on from: frozen factors are taken from there, not made again. */
  resumed?: string;
  /** Adapters are laid on in a form whose change can be weighed, where their method has one: for generation, not for training. */
  weighable?: boolean;
  /** Read while assembling only; the caller closes it. */
  checkpoint: Checkpoint;
}

/** The parts under construction. */
interface Draft {
  input: AssembleInput;
  modules: Map<string, Module>;
  read: ReadParameter;
  sites: Map<string, Site>;
  /** Frozen factors as tensors. */
  factors: Map<HostTensor, Tensor>;
  trainable: Map<string, HostTensor>;
  groups: Map<string, ParameterGroup>;
  copies: Set<string>;
  inPlace: Map<string, AdapterEntry>;
}

/**
 * Reads the weights and the saved adapters, and initialises new ones. Throws `model-not-runnable`, what reading throws, `head-not-trained`,
 * `shape-mismatch`, `bad-adapter`, `matrix-claimed-twice`, and those of decompositions.
 */
export async function assemble(input: AssembleInput): Promise<Assembly> {
  const { model, table, checkpoint } = input;
  const family = modelFamily(table.family, model.task);
  const modules = new Map(table.modules.map((module) => [module.name, module]));
  const savedEntries: SavedEntry[] = [];
  for (const entry of input.adapters)
    if (entry.path !== undefined)
      savedEntries.push(...(await readSavedEntries({ name: entry.name, path: entry.path }, table)));
  // With `full` a checkpoint has no adapter.
  const resumed = input.resumed && existsSync(input.resumed) ? listAdapters(input.resumed).map(({ dir }) => dir) : [];
  const digestsHome = input.digestsHome ?? input.factors?.home;
  await demandBase([...savedEntries.map(({ entry }) => entry.path!), ...resumed], checkpoint, digestsHome);
  // A saved adapter brings its own sites and trained modules.
  const claims = input.claims.filter(({ entry }) => entry.path === undefined);
  const saved = input.saved.filter(({ entry }) => input.adapters[entry]?.path === undefined);
  const warnings = savedEntries.flatMap((entry) => entry.warnings);
  const draft: Draft = {
    input: { ...input, claims, saved },
    modules,
    read: parameterReader(checkpoint, modules, trainedModules(saved, claims, savedEntries), input.seed, warnings),
    sites: new Map(),
    factors: new Map(),
    trainable: new Map(),
    groups: new Map(),
    copies: new Set(),
    inPlace: new Map(),
  };
  const methods = [...savedEntries.map(({ entry }) => entry.method), ...claims.map(({ entry }) => entry.method)];
  const starts = siteStarts(savedEntries, claims, await resumedTensors(input.resumed, methods, table));
  const states = await siteStates(starts, { ...input, read: draft.read, modules });
  const tied = tiedNames(starts);
  for (const [index, { module: _, tensors: __, ...start }] of starts.entries()) {
    const site = { ...start, tied: tied.get(start.entry) ?? {} };
    addSite(draft, input.weighable ? weighable(site, states[index]!) : { ...site, state: states[index]! });
  }
  for (const { entry, parameters, inPlace } of savedEntries) {
    for (const [name, tensor] of parameters) {
      train(draft, name, tensor, 'head');
      draft.copies.add(name);
    }
    for (const [name, tensor] of inPlace) trainInPlace(draft, name, tensor, entry);
  }
  for (const claim of claims) addParameters(draft, claim);
  addBiases(draft);
  addSavedModules(draft);
  return {
    task: model.task,
    config: checkpoint.config,
    table,
    family,
    entries: [...savedEntries.map(({ entry }) => entry), ...input.adapters.filter(({ path }) => path === undefined)],
    modules,
    sites: draft.sites,
    trainable: draft.trainable,
    groups: draft.groups,
    copies: draft.copies,
    inPlace: draft.inPlace,
    frozen: loadFrozen(draft),
    checkpointing: input.checkpointing ?? false,
    labelSmoothing: input.labelSmoothing ?? 0,
    ...(input.neftune !== undefined && { neftune: input.neftune }),
    unknown: new Map(savedEntries.map(({ entry, unknown }) => [entry, unknown])),
    home: input.factors?.home,
    original: (module, parameter) => turned(module, parameter, checkpoint.read(`${module.name}.${parameter}`)),
    base: baseOf(checkpoint, modules, digestsHome),
    warnings,
  };
}

/** The checkpoint is closed by then: what is needed of it is looked up now. */
function baseOf(
  checkpoint: Checkpoint,
  modules: ReadonlyMap<string, Module>,
  home: string | undefined,
): Assembly['base'] {
  const weights = checkpoint.weights();
  const named = [...modules.keys()]
    .map((module) => `${module}.weight`)
    .map((name) => [name, checkpoint.info(name)?.storedName] as const);
  const stored = new Map(named);
  let digests: Promise<WeightDigests> | undefined;
  return async (adapted) => {
    digests ??= digestsOf(weights, home);
    return baseWeights(await digests, adapted, (name) => stored.get(name));
  };
}

/** Modules whose own parameters get a value from training or from a saved adapter. */
function trainedModules(saved: SavedModule[], claims: Claim[], savedEntries: SavedEntry[]): Set<string> {
  const names = saved.map(({ module }) => module.name);
  for (const { entry, module } of claims) if (tensorHalf(entry.method).kind === 'parameters') names.push(module.name);
  for (const { parameters } of savedEntries)
    for (const name of parameters.keys()) names.push(name.slice(0, name.lastIndexOf('.')));
  return new Set(names);
}

/** A method that trains the base's own parameters. */
function addParameters(draft: Draft, { entry, module }: Claim): void {
  const half = tensorHalf(entry.method);
  if (half.kind !== 'parameters') return;
  // A weight that several modules share is trained once, under its owner's name.
  const owner = module.tiedTo === undefined ? module : draft.modules.get(module.tiedTo)!;
  for (const parameter of Object.keys(owner.parameters)) {
    const name = `${owner.name}.${parameter}`;
    if (half.trains(owner.name, parameter) && !draft.trainable.has(name))
      trainInPlace(draft, name, draft.read(owner, parameter), entry, owner.role === 'task-head' ? 'head' : 'base');
  }
}

function addBiases(draft: Draft): void {
  for (const { module, entry } of draft.input.biases ?? []) {
    const name = `${module.name}.bias`;
    const group = module.role === 'task-head' ? 'head' : 'base';
    if (!draft.trainable.has(name))
      trainInPlace(draft, name, draft.read(module, 'bias'), draft.input.adapters[entry]!, group);
  }
}

function trainInPlace(
  draft: Draft,
  name: string,
  tensor: HostTensor,
  entry: AdapterEntry,
  group: ParameterGroup = 'base',
) {
  train(draft, name, tensor, group);
  draft.inPlace.set(name, entry);
}

function addSite(draft: Draft, site: Omit<Site, 'frozen'>): void {
  const { state } = site;
  if (draft.sites.has(site.name))
    throw new RankwiseError('matrix-claimed-twice', `${site.name} would get two adapters.`, {
      field: 'adapters',
      hint: 'A weight matrix takes one adapter: narrow the targets of one entry.',
    });
  const frozen = Object.entries(state.frozen).map(([key, tensor]) => [key, held(draft, tensor)] as const);
  draft.sites.set(site.name, { ...site, frozen: Object.fromEntries(frozen) });
  const group = (key: string) => (site.half.loraPlus?.includes(key) ? 'adapter-B' : 'adapter');
  for (const [key, tensor] of Object.entries(state.trainable)) train(draft, tensorName(site, key), tensor, group(key));
  for (const [key, name] of Object.entries(site.tied))
    if (!draft.trainable.has(name)) train(draft, name, state.shared![key]!, group(key));
}

/** One tensor for what several sites have in common. */
function held({ factors }: Draft, factor: HostTensor): Tensor {
  const tensor = factors.get(factor) ?? fromHost(factor);
  factors.set(factor, tensor);
  return tensor;
}

/** `modules_to_save`: those that no saved adapter has given start from the base. */
function addSavedModules(draft: Draft): void {
  for (const { module, copied } of draft.input.saved)
    for (const parameter of Object.keys(module.parameters)) {
      const name = `${module.name}.${parameter}`;
      if (draft.trainable.has(name)) continue;
      train(draft, name, draft.read(module, parameter), 'head');
      if (copied) draft.copies.add(name);
    }
}

function train(draft: Draft, name: string, tensor: HostTensor, group: ParameterGroup): void {
  draft.trainable.set(name, tensor);
  draft.groups.set(name, group);
}

/** What a method has made of a matrix is float32; all else is held as `input.held` says. */
function loadFrozen(draft: Draft): Map<string, Tensor> {
  const { checkpoint, held } = draft.input;
  const frozen = new Map<string, Tensor>();
  for (const module of draft.modules.values()) {
    // As in PEFT, the trained copy of a module is not shared with what is tied to the original.
    const base = draft.sites.get(module.name)?.state.base;
    if (module.tiedTo !== undefined && !base && !draft.copies.has(`${module.tiedTo}.weight`)) continue;
    for (const parameter of Object.keys(module.parameters)) {
      const name = `${module.name}.${parameter}`;
      if (draft.trainable.has(name)) continue;
      const changed = parameter === 'weight' ? base : undefined;
      const stored = changed ? undefined : storedParameter(checkpoint, draft.modules, module, parameter);
      frozen.set(
        name,
        stored ? frozenParameter(checkpoint, module, stored, held) : fromHost(changed ?? draft.read(module, parameter)),
      );
    }
  }
  return frozen;
}

import type { ModelConfig, Module, ModuleTable } from '../architectures/types.ts';
import type { ErrorData } from '../base/errors.ts';
import type { ChatFacts } from '../chat/facts.ts';
import type { SplitFacts } from '../datafiles/types.ts';
import type { MatrixSettings } from '../methods/types.ts';
import type { Diagnostic, Severity } from '../protocol/diagnostics.ts';
import type { AdapterEntry, Recipe } from '../recipe/types.ts';

/** One module taken by one adapter entry, with the settings that hold there. */
export interface Claim {
  /** Index in `adapters`. */
  index: number;
  entry: AdapterEntry;
  module: Module;
  settings: MatrixSettings;
  /** Keys of `rank_pattern` and `alpha_pattern` that the settings come from. */
  rankKey?: string;
  alphaKey?: string;
  /** Trainable scalars at this module. */
  trainable: number;
}

/** A module trained in full beside the adapters (`modules_to_save`), counted once however many entries name it. */
export interface SavedModule {
  module: Module;
  /** Index of the entry that saves it first. */
  entry: number;
  trainable: number;
  /** PEFT trains a copy and keeps the frozen original; methods that train the model itself do not. */
  copied: boolean;
}

/** A bias of the base that an entry trains in place beside its matrices (lora's `bias`), counted once however many entries ask for it. */
export interface TrainedBias {
  module: Module;
  /** Index of the entry that trains it first. */
  entry: number;
  trainable: number;
}

/** What an entry's target expression matched, for diagnostics and inlay hints. */
export interface Coverage {
  /** Recipe path of the expression, e.g. "adapters.0.target_modules.1"; of the entry where PEFT's default targets hold. */
  field: string;
  pattern: string;
  modules: string[];
  /** Layers with at least one match, of all layers. */
  layers: number;
  ofLayers: number;
}

export interface Estimate {
  totalParameters: number;
  allParameters: number;
  trainableParameters: number;
  adapterParameters: number;
  percent: number;
  adapters: {
    name: string;
    method: string;
    trainable: number;
    modules: { name: string; shape: [number, number]; trainable: number }[];
  }[];
  memory: MemoryEstimate;
  adapterBytes: number;
  sharedBytes: number;
}

/** Bytes at the peak of training; the parts are those of `expected`. `runtime` is the process before it holds any tensor. */
export interface MemoryEstimate {
  low: number;
  expected: number;
  high: number;
  parts: {
    weights: number;
    decoded: number;
    gradients: number;
    optimizer: number;
    activations: number;
    runtime: number;
  };
}

export interface DataFacts {
  train?: SplitFacts;
  validation?: SplitFacts;
}

/** What a saved adapter's own files say of it; `error` when they cannot be read. */
export type SavedAdapter =
  | { entry: Omit<AdapterEntry, 'name' | 'path'>; unknown?: readonly string[] }
  | { error: ErrorData };

/** A fault of the model's files that leaves its table known, e.g. weights that are missing or disagree with config.json. */
export interface ModelProblem {
  code: string;
  message: string;
  severity: Severity;
}

/** Everything outside the text that an analysis may use; whatever is missing is not judged. */
export interface World {
  model?: {
    table: ModuleTable;
    config: ModelConfig;
    problems: ModelProblem[];
    tokenizerFile?: string;
    chatTemplate?: true;
  };
  modelError?: ErrorData;
  /** Of the model's tokenizer: how many tokens it has, and the first that the model has no vector for. */
  vocabulary?: { size: number; beyond?: { id: number; token: string } };
  /** Why it cannot be read. */
  vocabularyFault?: ErrorData;
  data?: DataFacts;
  /** The first faults of conversations under the chat template. */
  chat?: ChatFacts;
  /** Adapters named by `path`, by that path as written. */
  savedAdapters?: Readonly<Record<string, SavedAdapter>>;
  /** Bytes, for `budget.memory` in percent. */
  deviceMemory?: number;
  /** The recipe is about to be run: what only a run needs (data) is then an error. */
  launch?: boolean;
  /** Settings by rule code; `off` drops the rule. Errors that would fail the launch stay errors. */
  severities?: Readonly<Record<string, Severity | 'off'>>;
}

export interface Analysis {
  /** Structural and semantic findings together, in the order of the text, at most 200. */
  diagnostics: Diagnostic[];
  claims: Claim[];
  /** Modules trained in full beside the adapters. */
  saved: SavedModule[];
  coverage: Coverage[];
  /** Present whenever the model is known, also beside errors. */
  estimate?: Estimate;
  /** With `auto` resolved; undefined when there is an error. */
  recipe?: Recipe;
  /** The method of each entry, that of a saved adapter included; '' where it is not known. */
  methods: string[];
}

import type { BackendName } from '../protocol/backends.ts';
import type { Diagnostic, Position, Range } from '../protocol/diagnostics.ts';

/** The recipe as data, after parsing and with every default filled in (docs/DESIGN.md §1). Field names are the recipe's own. */
export type Task = 'causal-lm' | 'sequence-classification' | 'image-classification' | 'regression' | 'seq2seq';
export type Dtype = 'float32' | 'bfloat16' | 'float16' | 'int8' | 'nf4';
export type LogName = 'tensorboard' | 'csv';
export type SchedulerName = 'linear' | 'cosine' | 'constant';

export interface Recipe {
  version: 1;
  /** From `name`, else the recipe's file name without its extension. */
  name: string;
  model: ModelSection;
  adapters: AdapterEntry[];
  data?: DataSection;
  training: TrainingSection;
  budget: BudgetSection;
  sweep?: SweepSection;
  output: string;
}

export interface SweepSection {
  /** Recipe paths to values, as written. */
  grid: Record<string, unknown[]>;
  /** Points drawn from the grid. */
  random?: number;
  /** Default: training.seed. */
  seed?: number;
  /** η of successive halving: after each rung the best 1/η of the points go on. */
  halving?: number;
  /** Seconds of work of all points together. */
  budget?: { absolute: number };
}

export interface ModelSection {
  path: string;
  task: Task;
  num_labels?: number;
  dtype: Dtype;
}

/** One entry of `adapters`: either a method to train or a saved adapter to go on from. */
export interface AdapterEntry {
  name: string;
  method: string;
  rank?: number | 'auto';
  alpha?: number;
  target_modules?: string | string[];
  exclude_modules: string | string[];
  layers_to_transform: 'all' | number[];
  rank_pattern: Record<string, number>;
  alpha_pattern: Record<string, number>;
  modules_to_save?: string[];
  /** Set for `{path: …}` entries: an adapter folder, absolute after resolving. */
  path?: string;
  /** Fields of the method beyond the common ones, checked against its declaration, defaults filled in. */
  options: Record<string, unknown>;
}

export interface DataSection {
  train: string | string[];
  validation?: string | string[] | number;
  columns: Record<string, string>;
  /** A name of `chat-templates.ts`, or a file: absolute after resolving. */
  chat_template?: string;
  shuffle: boolean;
  max_length: number;
  packing: boolean;
}

export interface TrainingSection {
  num_epochs: number;
  max_steps?: number;
  batch_size: number;
  gradient_accumulation_steps: number;
  optimizer: {
    name: 'adamw';
    learning_rate: number;
    weight_decay: number;
    betas: [number, number];
    eps: number;
    lora_plus_ratio?: number;
    head_learning_rate?: number;
  };
  scheduler: { name: SchedulerName; warmup_ratio?: number; warmup_steps?: number };
  /** null: no clipping. */
  max_grad_norm: number | null;
  seed: number;
  /** Undefined: once per epoch. */
  eval_steps?: number;
  save_steps?: number;
  logging_steps: number;
  /** Files in other programs' formats, beside metrics.jsonl. */
  logging: LogName[];
  save_total_limit?: number;
  backend: 'auto' | BackendName;
  threads?: number;
  gradient_checkpointing: boolean;
  group_by_length: boolean;
  label_smoothing: number;
  neftune_alpha?: number;
  class_weights?: number[] | 'balanced';
  early_stopping?: { patience: number; min_delta: number };
  /** Evaluation metric that says which checkpoint is best; undefined: the last one, or by the loss with `early_stopping`. */
  metric?: string;
  /** Texts that are written while training. */
  samples?: { prompts: string[]; every: number; max_new_tokens: number; chat: boolean };
  check: 'auto' | 'full' | 'off';
}

/** A number is absolute (parameters, bytes); `percent` is of the model's parameters or the device's memory. */
export type Quantity = { absolute: number } | { percent: number };
export interface BudgetSection {
  trainable?: Quantity;
  memory?: Quantity;
}

/**
 * What a field accepts. `list`: of `item`; `text-or-list`: one string or several; `map`: keys from `keys` or any, values of
 * `item`; `section`: a mapping with `fields`; `entries`: a list of sections; `quantity`: 100k, 8GiB, 5%, 2h; `layers`: `all`,
 * [0, 1] or "4-11"; `split`: paths or a fraction; `sweep`: recipe paths to lists of values.
 */
export type FieldType =
  | 'integer'
  | 'number'
  | 'boolean'
  | 'string'
  | 'enum'
  | 'list'
  | 'text-or-list'
  | 'map'
  | 'section'
  | 'entries'
  | 'quantity'
  | 'layers'
  | 'split'
  | 'sweep';

/** One field of the recipe: what it accepts and what it means. The schema, hovers and completions come from here. */
export interface FieldSpec {
  name: string;
  type: FieldType;
  /** Markdown: what it does, unit, usual values. */
  doc: string;
  required?: boolean;
  /** A section that stays undefined when it is not written; others are filled with their defaults. */
  optional?: boolean;
  /** A literal, or how it follows from other fields for people ("= rank"). */
  default?: unknown;
  defaultText?: string;
  /** Of an `enum`; `valueDocs` says what each means. */
  values?: readonly string[];
  valueDocs?: Readonly<Record<string, string>>;
  /** Words accepted besides the type, e.g. `auto`. */
  words?: readonly string[];
  nullable?: boolean;
  item?: 'string' | 'integer' | 'number' | 'enum';
  /** Bounds of the item values are the field's own bounds; `length` is that of the list. */
  length?: number;
  unit?: 'parameters' | 'bytes' | 'time';
  fields?: readonly FieldSpec[];
  keys?: readonly FieldSpec[];
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
}

/** What the recipe must know of a method to read its entry; `server/methods` provides it, this room imports no other. */
export interface MethodFields {
  title: string;
  summary: string;
  doc: string;
  fields: readonly FieldSpec[];
  /** Has a `rank`, and no `rank_pattern`. */
  uniformRank?: true;
  /** Default of `training.optimizer.learning_rate`. */
  learningRate: number;
  /** The same where it depends on the entry's fields. */
  learningRateOf?(options: Record<string, unknown>): number;
}
export type MethodTable = Readonly<Record<string, MethodFields>>;

/** Keys and list indices from the root of the recipe: ["adapters", 0, "rank"]. */
export type FieldPath = readonly (string | number)[];

/** A recipe as written: everything that can be said of the text alone. */
export interface RecipeDocument {
  text: string;
  /** Every structural fault at once, in the order of the text, at most 200. */
  diagnostics: Diagnostic[];
  /** Complete with defaults; undefined when there is a structural error. */
  recipe?: Recipe;
  /** The best reading of a half-typed text: faulty fields have their defaults, entries keep their index. */
  partial: Recipe;
  /** True when the field stands in the text. Paths as in diagnostics ("adapters.0.rank") or as arrays. */
  has(path: string | FieldPath): boolean;
  /** Range of the value, or of the key; undefined when the field is not in the text. */
  rangeOf(path: string | FieldPath): Range | undefined;
  keyRangeOf(path: string | FieldPath): Range | undefined;
  /** Where to show a finding about a field that may be absent: its value, else the key of the nearest field around it. */
  anchorOf(path: string | FieldPath): Range;
  /** The innermost field at a position (0-based line and UTF-16 character) or offset; undefined in blank space. */
  valueAt(at: Position | number): FieldHit | undefined;
  /** Every field, item and key of the text; of an alias, where the alias stands. */
  fields(): Iterable<LocatedField>;
  positionOf(offset: number): Position;
  offsetOf(position: Position): number;
}

export interface LocatedField {
  keys: FieldPath;
  /** Undefined for items of lists. */
  key: Range | undefined;
  value: Range;
  /** Undefined for keys that are no field; of the holder, for items and keys of maps. */
  field: FieldSpec | undefined;
}

export interface FieldHit {
  /** "adapters.0.rank", and the same as keys and indices. */
  path: string;
  keys: FieldPath;
  on: 'key' | 'value';
  /** Undefined for keys that are no field. */
  field: FieldSpec | undefined;
  range: Range;
}

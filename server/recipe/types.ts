/** The recipe as data, after parsing and with every default filled in (docs/DESIGN.md §1). Field names are the recipe's own. */
export type Task = 'causal-lm' | 'sequence-classification' | 'image-classification' | 'regression' | 'seq2seq';
export type Dtype = 'float32' | 'bfloat16' | 'float16' | 'int8' | 'nf4';
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
  sweep?: Record<string, unknown[]>;
  output: string;
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
  save_total_limit?: number;
  backend: 'auto' | 'onnxruntime' | 'tensorflow' | 'webgpu';
  threads?: number;
  gradient_checkpointing: boolean;
  check: 'auto' | 'full' | 'off';
}

/** A number is absolute (parameters, bytes); `percent` is of the model's parameters or the device's memory. */
export type Quantity = { absolute: number } | { percent: number };
export interface BudgetSection {
  trainable?: Quantity;
  memory?: Quantity;
}

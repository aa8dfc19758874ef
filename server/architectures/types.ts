/** One parameter-bearing module of a model. Names are those of current transformers, as adapter files use them. */
export interface Module {
  /** e.g. "model.layers.0.self_attn.q_proj". */
  name: string;
  kind: 'linear' | 'conv1d' | 'embedding' | 'norm' | 'other';
  /** Outputs (rows of W) and inputs (columns), W being m×n = out × in whatever the storage; for a norm m is its length and n 1. */
  m: number;
  n: number;
  bias: boolean;
  /** Transformer layer, where the module belongs to one. */
  layer?: number;
  /** What it is for: PEFT's `all-linear` leaves out `output-head` and `task-head`. */
  role: 'attention' | 'mlp' | 'embedding' | 'norm' | 'pooler' | 'output-head' | 'task-head' | 'other';
  /** A pooler that the checkpoint lacks: it starts at random values, so it is trained and saved with the head. */
  fresh?: true;
  /** The module whose weight this one shares (lm_head with tied embeddings): counted once. */
  tiedTo?: string;
  /** Trainable tensors and their shapes by parameter name below the module: { weight: [m, n], bias: [m] }. */
  parameters: Record<string, number[]>;
  /** Its name in checkpoints, where that is another one: targets may be written with either. */
  storedName?: string;
}

export interface ModuleTable {
  /** config.json's `architectures[0]` or the class that the task implies, e.g. "LlamaForCausalLM". */
  architecture: string;
  /** Id of the family, "llama"; where `models/` has a forward graph it is shared with it. "unknown" for a table from tensors alone. */
  family: string;
  modules: Module[];
  /** As transformers loads the model for the task: tied weights once. */
  totalParameters: number;
  /** PEFT's default target_modules for this model type and method family, where it has one. */
  defaultTargets: Record<string, string[] | string>;
  /** PEFT's defaults for the model type of methods' other fields, by method. */
  defaultOptions: Record<string, Record<string, unknown>>;
  /** Base prefix that a checkpoint may lack: "model", "roberta", "bert". */
  basePrefix: string;
  /** Layers with weights of their own. */
  layers: number;
  /** Sizes that the memory estimate needs; `depth` is how many layers run, where that is not `layers`. */
  shape: {
    hidden: number;
    intermediate: number;
    heads: number;
    vocab: number;
    maxPositions: number;
    depth?: number;
    /** Scores are sums over contents and distances: three times as many, of a whole row of the batch at once. */
    relative?: true;
    /** Of models of images: what they take. Every row then has all positions. */
    image?: { channels: number; height: number; width: number };
  };
}

/** config.json as parsed; families read the fields that they know, in both the transformers 4 and 5 layouts. */
export type ModelConfig = Record<string, unknown>;

export interface Family {
  id: string;
  /** "GPT-NeoX, Pythia" */
  title: string;
  /** Values of config.json's `model_type` that it serves. */
  modelTypes: string[];
  /** Tasks that there is a table for. */
  tasks: readonly string[];
  /** Those of them that `models/` has a forward graph for: the others are counted and not run. A test keeps both equal. */
  runs: readonly string[];
  /** Throws RankwiseError `bad-config` with the offending field. `numLabels` overrides the config's for the classification head. */
  table(config: ModelConfig, task: string, numLabels?: number): ModuleTable;
  /** Names under which a checkpoint may hold the parameter `name` of current transformers, most usual first (itself included). */
  diskNames(name: string): string[];
  /** The tensors that a checkpoint may hold in the place of one stacked parameter, in order. Absent: none is split. */
  split?(name: string, shape: readonly number[]): { name: string; shape: number[] }[] | undefined;
}

/** What a safetensors header says of a tensor. */
export type TensorShapes = ReadonlyMap<string, readonly number[]>;

/** What a saved adapter is: read from its configuration, the header and the numbers of its weights, its base and what lies beside it. */
import type { Severity } from './diagnostics.ts';
import type { PreviewSpan } from './preview.ts';

export interface InspectParams {
  /** The folder of an adapter, or of several in subfolders; absolute. */
  adapter: string;
  /** Another one to compare with: its first adapter. */
  other?: string;
  /** The base, in place of the one that adapter_config.json names: a folder or a hub id. */
  model?: string;
  /** Where bases named by relative paths are looked for, beside the adapter's own folder. */
  roots?: string[];
  /** Read all weights of the base to compare them with what the adapter records, however large they are. */
  checkBase?: boolean;
  /** Where digests of weights are kept. */
  home?: string;
  /** Of the text; default 100. */
  columns?: number;
}

export interface InspectFinding {
  code: string;
  severity: Severity;
  message: string;
  /** Absolute. */
  file?: string;
  /** Of adapter_config.json, or a tensor. */
  field?: string;
}

/** One adapted matrix. */
export interface InspectMatrix {
  /** Module name. */
  name: string;
  layer?: number;
  /** Its name within a layer: "self_attn.q_proj". */
  kind: string;
  rank?: number;
  alpha?: number;
  /** Of W (m×n), where it is known. */
  shape?: [number, number];
  /** Scalars of its tensors in the file. */
  stored: number;
  /** ‖scale·B·A‖_F, the change of W, or the norm of the tensors where the method is no plain product; null beside NaN and infinities. */
  norm: number | null;
  of: 'update' | 'tensors';
}

export interface Inspection {
  /** Absolute. */
  path: string;
  name: string;
  peftType: string;
  /** Of the registry; absent where Rankwise has no such method. */
  method?: { id: string; title: string };
  base: {
    /** As adapter_config.json names it. */
    name?: string;
    revision?: string;
    /** Where it is on this machine. */
    dir?: string;
    /** SHA-256 of its weights, where the adapter records it, and whether those here are the same. */
    sha256?: string;
    weights: 'same' | 'other' | 'not-compared' | 'not-recorded';
    parameters?: number;
  };
  task?: string;
  targets?: string | string[];
  excluded?: string | string[];
  layers?: number[];
  rank?: number;
  alpha?: number;
  rankPattern: Record<string, number>;
  alphaPattern: Record<string, number>;
  /** Other settings of the method, by the recipe's names. */
  options: Record<string, unknown>;
  /** modules_to_save as written. */
  modulesToSave: string[];
  matrices: InspectMatrix[];
  /** Tensors that all its matrices share, as VeRA's A and B. */
  shared: { name: string; shape: number[]; norm: number | null }[];
  /** Parameters of the base that are in the file whole (heads, biases), with their norms. */
  whole: { name: string; shape: number[]; norm: number | null }[];
  /** As PEFT counts; absent where the base is not known. */
  trainable?: { parameters: number; all: number; percent: number };
  file?: { path: string; bytes: number; tensors: number; parameters: number; dtypes: Record<string, number> };
  /** Fields that PEFT does not know. */
  unknown: string[];
  /** The recipe that made it, of the run that it belongs to. */
  recipe?: string;
  run?: string;
  findings: InspectFinding[];
}

/** Two adapters side by side: the first of each. */
export interface Comparison {
  /** What differs of configuration and counts, as written; null: it has none. */
  fields: { name: string; first: unknown; second: unknown }[];
  /** Modules that only one adapts. */
  onlyFirst: string[];
  onlySecond: string[];
  /** Matrices that both adapt. */
  both: {
    name: string;
    first: number | null;
    second: number | null;
    /** Of the two changes of W as vectors, where both are plain products of one shape; null where one is zero or not finite. */
    cosine?: number | null;
  }[];
}

export interface InspectResult {
  adapters: Inspection[];
  other?: Inspection[];
  comparison?: Comparison;
  /** The same for people. */
  lines: PreviewSpan[][];
}

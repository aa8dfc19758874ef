/** What is made of saved adapters: merged models, exports, compositions. */
import type { ErrorData } from '../base/errors.ts';

/** How LoRA factors are summed: side by side, by the singular value decomposition of the sum, or factor by factor. */
export const combines = ['cat', 'svd', 'linear'] as const;
export type Combine = (typeof combines)[number];

/** An adapter folder, or that of a run with several, and what its changes are multiplied by. */
export interface WeightedAdapter {
  adapter: string;
  weight: number;
}

/** What can be made of adapters; `model` where they do not name their base. Paths are absolute, or hub ids where models. */
export type AdapterTask =
  | { kind: 'merge'; adapter: string; model?: string }
  | { kind: 'export'; adapter: string; model?: string; format: 'peft' | 'lora'; rank?: number; energy?: number }
  | {
      kind: 'compose';
      sources: WeightedAdapter[];
      model?: string;
      combine?: Combine;
      rank?: number;
      energy?: number;
    };

/** What a task will make, known before it is done and without reading weights. */
export interface AdapterPlan {
  kind: AdapterTask['kind'];
  /** A model folder, or an adapter of a method. */
  result: 'model' | 'adapter';
  /** Of the result; several where it keeps several adapters, none for a model. */
  methods: string[];
  /** Smallest and largest rank of a matrix, where the result is plain LoRA. */
  ranks?: { low: number; high: number };
  exact: boolean;
  /** Why it is not exact. */
  why?: string;
  /** Adapted matrices; for a method without matrices, modules. */
  matrices: number;
  /** Of the result's files. */
  bytes: number;
  /** `bytes` and `ranks` are upper bounds. */
  atMost?: true;
  sources: { path: string; methods: string[]; bytes: number; weight?: number }[];
  /** All of it in a line, for people. */
  summary: string;
}

export type Planned = { plan: AdapterPlan } | { error: ErrorData };

export interface AdapterResult {
  path: string;
  exact: boolean;
  /** The part of the changes' energy that is kept, where something is cut off. */
  retainedEnergy?: number;
}

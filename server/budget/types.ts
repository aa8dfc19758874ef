import type { Module } from '../architectures/types.ts';
import type { MatrixSettings } from '../methods/types.ts';
import type { AdapterEntry } from '../recipe/types.ts';

/** One module taken by one adapter entry, with the settings that hold there. */
export interface Claim {
  entry: AdapterEntry;
  module: Module;
  settings: MatrixSettings;
  /** Trainable scalars at this module. */
  trainable: number;
}

/** What an entry's target expression matched, for diagnostics and inlay hints. */
export interface Coverage {
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

/** Bytes; the parts are those of `expected`. */
export interface MemoryEstimate {
  low: number;
  expected: number;
  high: number;
  parts: { weights: number; gradients: number; optimizer: number; activations: number };
}

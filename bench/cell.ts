import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ModelConfig } from '../server/architectures/types.ts';
import type { Task, TrainingSection } from '../server/recipe/types.ts';

/** What cells.mjs says of a method: the settings that both sides read. */
export interface MethodCell {
  rank?: number;
  alpha?: number;
  off_diagonals?: number;
  optimizer: Pick<TrainingSection['optimizer'], 'learning_rate' | 'betas' | 'eps' | 'weight_decay'>;
}

/** `cell.json` of a folder: one model with one batch, and the methods to train it with. */
export interface Cell {
  task: Task;
  config: ModelConfig;
  /** Last parts of the names of the adapted modules. */
  targets: string[];
  batch: number;
  length: number;
  methods: Record<string, MethodCell>;
}

/** `batch.json`: the one batch that every step sees. */
export interface BatchFile {
  input_ids: number[];
  labels: number[];
}

export const readJson = <T>(folder: string, name: string): T =>
  JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as T;

export const isTarget = (cell: Cell, module: string): boolean =>
  cell.targets.includes(module.slice(module.lastIndexOf('.') + 1));

/** A run as comparisons show it: in reports and in the panel. */
import type { RunState } from './runs.ts';

/** By name: `loss`, and the metrics of the task. */
export type Scores = Record<string, number>;

export interface ComparedRun {
  /** Absolute path of the run directory. */
  run: string;
  id: string;
  name: string;
  state: RunState;
  /** Successive halving ended it. */
  halted?: true;
  /** Ids of the methods, one an adapter. */
  methods: string[];
  /** Rank, or what the method has in its place: "8", "off_diagonals = 2", "" where nothing says how much it trains. */
  size: string;
  rank?: number;
  seed?: number;
  /** The same for runs that differ in nothing but seed, name and place; of a run whose recipe is lost its directory. */
  configuration: string;
  /** Every setting as recipe.peft has it, by its path; empty where that is lost. */
  settings: Record<string, string>;
  /** What the sweep that the run belongs to set. */
  swept?: Record<string, string>;
  task?: string;
  model: string;
  /** `training.metric`. */
  metric?: string;
  trainable?: number;
  percent?: number;
  adapterBytes?: number;
  seconds?: number;
  step: number;
  totalSteps: number;
  /** Of the model before training. */
  base?: Scores;
  /** Of what the run made; where it made nothing, of its best evaluation so far, by the metric of its recipe. */
  scores?: Scores;
  /** `scores` are those of a run that has not finished. */
  provisional?: true;
  backend?: string;
  createdAt: string;
  /** What is to be known beside the numbers: why it failed, what is missing. */
  notes: string[];
}

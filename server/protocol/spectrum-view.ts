/** Messages between the extension host and the spectrum panel's webview. */
import type { ErrorData } from '../base/errors.ts';
import type { SpectrumItem, SpectrumResult } from './spectrum.ts';

/** One line of spectra in the panel: a model, with or without an adapter on it. At most two. */
export interface SpectrumSubject {
  /** Absolute path of the model folder. */
  model: string;
  /** Absolute path of an adapter folder, or of a fully fine-tuned model folder. */
  adapter?: string;
  /** For people: "roberta-base", "roberta-base + pirate-lora". */
  title: string;
}

/** What a method of the recipe (or of the run) takes of one matrix. */
export interface SpectrumCut {
  matrix: string;
  /** Method id. */
  method: string;
  rank: number;
  /** Which values: the first `rank`, the last `rank`, or none in particular (lora, dora, …). */
  end: 'top' | 'bottom' | 'none';
}

export type ToSpectrumView =
  /** After `ready`, and whenever what is shown changes. All items of all subjects come (again) after it. */
  | {
      type: 'init';
      subjects: SpectrumSubject[];
      cuts: SpectrumCut[];
      /** Absolute path of the recipe that ranks can be written into; absent: there is none, or it cannot be changed. */
      recipe?: string;
    }
  /** `subject` is an index of `subjects`. */
  | { type: 'items'; subject: number; items: SpectrumItem[] }
  | { type: 'ended'; subject: number; result?: SpectrumResult; error?: ErrorData }
  /** The recipe was edited: its cuts now. */
  | { type: 'cuts'; cuts: SpectrumCut[] }
  /** An edit that was asked for could not be made. */
  | { type: 'refused'; error: ErrorData };

export type FromSpectrumView =
  | { type: 'ready' }
  /** Write `rank_pattern` for this matrix into the recipe. */
  | { type: 'useRank'; matrix: string; rank: number }
  /** Pick another model or run to lay over this one; or take it away again. */
  | { type: 'compare' }
  | { type: 'uncompare' }
  /** Start again what ended with an error or was stopped. */
  | { type: 'restart'; subject: number }
  | { type: 'stop'; subject: number }
  /** Save what is shown: base64 of a PNG, or a text. */
  | { type: 'save'; name: string; content: { png: string } | { csv: string } };

/** What the webview keeps with `setState`, so that a reload finds its subjects again. */
export interface SpectrumViewState {
  subjects: SpectrumSubject[];
  recipe?: string;
  /** The run whose recipe the cuts come from. */
  run?: string;
  view?: Record<string, unknown>;
}

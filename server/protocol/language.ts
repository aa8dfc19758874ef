/** Requests beyond LSP between the extension and the language server. */

import type { ErrorData } from '../base/errors.ts';
import type { BackendName } from './backends.ts';

import type { ComparedRun } from './comparison.ts';
import type { SubmitParams, SubmitSweepParams } from './daemon.ts';

import type { Diagnostic, Fix } from './diagnostics.ts';
import type { RunRecord } from './runs.ts';
import type { SpectrumCut } from './spectrum-view.ts';

/** One way to adapt the matrices that an entry takes. */
export interface ComparisonRow {
  /** Method id and title. */
  method: string;
  title: string;
  /** Which of the method's forms ("banded, d = 2"); empty where it has one. */
  form: string;
  rank?: number;
  /** Scalars, and their part of the base's. */
  trainable: number;
  percent: number;
  adapterBytes: number;
  sharedBytes: number;
  /** The largest rank that the change of a matrix can have; 0 where no matrix changes. */
  updateRank: number;
  /** What the entry says now. */
  present: boolean;
}

/** What the budget panel shows. */
export interface Comparison {
  /** Entries that can be compared, by their index in `adapters`. */
  entries: { index: number; name: string; method: string }[];
  /** The one that the rows are about. */
  entry: number;
  /** "LlamaForCausalLM", and its scalars. */
  architecture: string;
  totalParameters: number;
  /** Matrices that the entry takes. */
  matrices: number;
  /** What the budget leaves this entry, in scalars. */
  limit?: number;
  rows: ComparisonRow[];
}

/** A field in which recipes differ. */
export interface RecipeDifference {
  /** "adapters[0].rank". */
  field: string;
  /** For each recipe; null where it has none. */
  values: (string | null)[];
}

export interface LanguageRequests {
  /** In which fields recipes (URIs of files) differ, defaults filled in. */
  'rankwise/differences': {
    params: { uri: string; others: string[] };
    result: RecipeDifference[];
  };
  /** Every method on the matrices of one entry, at several ranks; the first that claims any, unless said. */
  'rankwise/compare': {
    params: { uri: string; entry?: number };
    result: Comparison | { diagnostics: Diagnostic[] };
  };
  /** What makes a row of the comparison the recipe's own. */
  'rankwise/methodEdit': {
    params: { uri: string; entry: number } & Pick<ComparisonRow, 'method' | 'form' | 'rank'>;
    result: { edits: Fix['edits'] } | { error: ErrorData };
  };
  /**
   * Resolves the (saved) recipe for launch, or all points of its sweep (`same` were left out: they compute what others do); errors come
   * back as diagnostics and nothing is to be launched. `backend` computes where the recipe says `auto`. `launch: false`: the recipe alone,
   * judged as while typing, for what needs no weights.
   */
  'rankwise/resolve': {
    params: { uri: string; backend?: BackendName | 'auto'; launch?: boolean };
    result: { submit: SubmitParams } | { sweep: SubmitSweepParams; same: number } | { diagnostics: Diagnostic[] };
  };
  /** The recipe's model folder (absolute), and which singular values its methods take; the findings when its model is not known. */
  'rankwise/spectrum': {
    params: { uri: string };
    result: { model: string; cuts: SpectrumCut[] } | { diagnostics: Diagnostic[] };
  };
  /** A file of another tool (its URI) as the text of a recipe, and a name for that; `notes` say what was not taken over. */
  'rankwise/import': {
    params: { uri: string };
    result: { text: string; name: string; notes: string[] } | { error: ErrorData };
  };
  /** The recipe as Python code for PEFT; the findings when it has errors. */
  'rankwise/python': {
    params: { uri: string };
    result: { code: string; notes: string[] } | { diagnostics: Diagnostic[] } | { error: ErrorData };
  };
  /** Python code that loads what a run has made. */
  'rankwise/loading': {
    params: { record: RunRecord };
    result: { code: string } | { error: ErrorData };
  };
  /** What makes `rank` the rank of one matrix, by way of `rank_pattern`; none where it is so already. */
  'rankwise/rankEdit': {
    params: { uri: string; matrix: string; rank: number };
    result: { edits: Fix['edits'] } | { error: ErrorData };
  };
  /** What runs came to so far. */
  'rankwise/comparedRuns': {
    params: { records: RunRecord[] };
    result: ComparedRun[];
  };
  /** What makes a recipe train as a run did; `swept`: paths that the run's sweep set. None where it does so already. */
  'rankwise/runEdit': {
    params: { uri: string; run: string; swept: string[] };
    result: { edits: Fix['edits'] } | { error: ErrorData };
  };
  /** The model of an open recipe as text, and the URI of that (virtual) document; the findings when the model is not known. */
  'rankwise/outline': {
    params: { uri: string };
    result: { uri: string; text: string } | { diagnostics: Diagnostic[] };
  };
}

/** What the server tells the extension unasked. */
export interface LanguageNotifications {
  /** Files or settings changed: what was worked out from them is out of date. */
  'rankwise/worldChanged': undefined;
}

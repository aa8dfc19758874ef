/** Requests beyond LSP between the extension and the language server. */

import type { ErrorData } from '../base/errors.ts';
import type { BackendName } from './backends.ts';
import type { SubmitParams } from './daemon.ts';
import type { Diagnostic, Fix } from './diagnostics.ts';
import type { SpectrumCut } from './spectrum-view.ts';

export interface LanguageRequests {
  /**
   * Resolves the (saved) recipe for launch; errors come back as diagnostics and nothing is to be launched. `backend` computes where the
   * recipe says `auto`.
   */
  'rankwise/resolve': {
    params: { uri: string; backend?: BackendName | 'auto' };
    result: { submit: SubmitParams } | { diagnostics: Diagnostic[] };
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
  /** What makes `rank` the rank of one matrix, by way of `rank_pattern`; none where it is so already. */
  'rankwise/rankEdit': {
    params: { uri: string; matrix: string; rank: number };
    result: { edits: Fix['edits'] } | { error: ErrorData };
  };
}

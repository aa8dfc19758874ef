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
  /** What makes `rank` the rank of one matrix, by way of `rank_pattern`; none where it is so already. */
  'rankwise/rankEdit': {
    params: { uri: string; matrix: string; rank: number };
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

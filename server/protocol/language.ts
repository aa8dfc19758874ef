/** Requests beyond LSP between the extension and the language server. */

import type { SubmitParams } from './daemon.ts';
import type { Diagnostic } from './diagnostics.ts';

export interface LanguageRequests {
  /** Resolves the (saved) recipe for launch; errors come back as diagnostics and nothing is to be launched. */
  'rankwise/resolve': { params: { uri: string }; result: { submit: SubmitParams } | { diagnostics: Diagnostic[] } };
}

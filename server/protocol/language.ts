/** Requests beyond LSP between the extension and the language server. */

import type { BackendName } from './backends.ts';
import type { SubmitParams } from './daemon.ts';
import type { Diagnostic } from './diagnostics.ts';

export interface LanguageRequests {
  /**
   * Resolves the (saved) recipe for launch; errors come back as diagnostics and nothing is to be launched. `backend` computes where the
   * recipe says `auto`.
   */
  'rankwise/resolve': {
    params: { uri: string; backend?: BackendName | 'auto' };
    result: { submit: SubmitParams } | { diagnostics: Diagnostic[] };
  };
}

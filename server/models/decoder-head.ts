/** The heads of decoders: the next token of every position, or classes of the text from its last token. */

import type { Tensor } from '@tensorflow/tfjs-core';
import { lastToken } from './last-token.ts';
import type { ModelInputs, Params } from './types.ts';

/** x: [batch, time, hidden] -> causal-lm: [batch, time, vocab]; classification: [batch, labels]. */
export const decoderHead = (task: string, params: Params, x: Tensor, inputs: ModelInputs, pad?: number): Tensor =>
  task === 'causal-lm' ? params.linear('lm_head', x) : params.linear('score', lastToken(x, inputs, pad));

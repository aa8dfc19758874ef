/** The heads of GPT-2, GPT-NeoX and OPT: the next token of every position, or classes of the text from its last token. */

import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../architectures/types.ts';
import { lastToken } from './last-token.ts';
import type { ModelInputs, Params } from './types.ts';

/** config.json's `pad_token_id`; undefined where there is none (absent, null, −1). */
export function padTokenOf({ pad_token_id: id }: ModelConfig, vocab: number): number | undefined {
  return typeof id === 'number' && id >= 0 && id < vocab ? id : undefined;
}

/** x: [batch, time, hidden] -> causal-lm: [batch, time, vocab]; classification: [batch, labels]. */
export const decoderHead = (task: string, params: Params, x: Tensor, inputs: ModelInputs, pad?: number): Tensor =>
  task === 'causal-lm' ? params.linear('lm_head', x) : params.linear('score', lastToken(x, inputs, pad));

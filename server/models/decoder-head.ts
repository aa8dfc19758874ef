/** The heads of decoders: the next token of every position, or classes of the text from its last token. */

import type { Tensor } from '@tensorflow/tfjs-core';
import { lastToken } from './last-token.ts';
import type { Past } from './past.ts';
import type { ModelInputs, Params } from './types.ts';

/** Of sequences padded with the token `pad`; with `past`, of the last token alone. */
export interface HeadInputs {
  inputs: ModelInputs;
  pad: number | undefined;
  past: Past | undefined;
}

/** x: [batch, time, hidden] -> causal-lm: [batch, time, vocab]; classification: [batch, labels]. */
export const decoderHead = (task: string, params: Params, x: Tensor, { inputs, pad, past }: HeadInputs): Tensor =>
  task === 'causal-lm'
    ? params.linear('lm_head', past ? past.last(x) : x)
    : params.linear('score', lastToken(x, inputs, pad));

/** The forward graph that decoders of Llama's kind share: embeddings, blocks, final norm, one of two heads; transformers' names. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { decoderTasks } from '../architectures/decoder.ts';
import type { DecoderConfig } from '../architectures/decoder-config.ts';
import type { ModelConfig } from '../architectures/types.ts';
import { type Block, type Norm, type Shared, softCap } from './decoder-block.ts';
import { decoderHead } from './decoder-head.ts';
import { causalMask } from './masks.ts';
import { ropeTables } from './rope.ts';
import type { ModelFamily, ModelInputs, Params } from './types.ts';

export interface DecoderGraph {
  id: string;
  config(config: ModelConfig): DecoderConfig;
  block: Block;
  norm: Norm;
  /** Factor of the embeddings; 1 by default. */
  embeddingScale?(c: DecoderConfig): number;
}

export function decoderModel(graph: DecoderGraph): ModelFamily {
  return {
    id: graph.id,
    tasks: decoderTasks,
    // Without one any token does, since no real one looks at padding on the right.
    padTokenId: (config) => graph.config(config).padTokenId ?? 0,

    logits(config, task, params, inputs) {
      const c = graph.config(config);
      const x = hiddenStates(graph, c, params, inputs);
      const logits = decoderHead(task, params, x, inputs, c.padTokenId);
      return task === 'causal-lm' ? softCap(logits, c.logitCap) : logits;
    },
  };
}

/** [batch, time, hidden], after the final norm. */
function hiddenStates(graph: DecoderGraph, c: DecoderConfig, params: Params, inputs: ModelInputs): Tensor {
  const kinds = layerKinds(c, inputs);
  const embedded = params.embedding('model.embed_tokens', inputs.input_ids);
  let x = graph.embeddingScale ? tf.mul(embedded, graph.embeddingScale(c)) : embedded;
  for (const [i, window] of c.windows.entries()) {
    const { mask, cos, sin } = kinds.get(window)!;
    x = params.layer(
      (x, mask, cos, sin) => graph.block(c, params, `model.layers.${i}`, x!, { mask: mask!, cos: cos!, sin: sin! }),
      [x, mask, cos, sin],
    );
  }
  return graph.norm(c, params, 'model.norm', x);
}

/** What the layers of each window share. A window that is no shorter than the rows hides nothing: its mask is the plain one. */
function layerKinds(c: DecoderConfig, inputs: ModelInputs): Map<number | undefined, Shared> {
  const length = inputs.attention_mask.shape[1]!;
  const hides = (window: number | undefined) => (window !== undefined && window < length ? window : undefined);
  const masks = new Map([...new Set(c.windows.map(hides))].map((window) => [window, causalMask(inputs, window)]));
  const table = (values: Float32Array) => tf.tensor(values, [length, c.rotaryDim / 2]);
  const kinds = new Map<number | undefined, Shared>();
  for (const window of new Set(c.windows)) {
    const rope = window === undefined ? c.rope : (c.windowRope ?? c.rope);
    const { cos, sin } = ropeTables(rope, c.rotaryDim, length);
    kinds.set(window, { mask: masks.get(hides(window))!, cos: table(cos), sin: table(sin) });
  }
  return kinds;
}

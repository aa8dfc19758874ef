/** The forward graph that decoders of Llama's kind share: embeddings, blocks, final norm, one of two heads; transformers' names. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { decoderTasks } from '../architectures/decoder.ts';
import type { DecoderConfig } from '../architectures/decoder-config.ts';
import type { Rope } from '../architectures/rope.ts';
import type { ModelConfig } from '../architectures/types.ts';
import { type Block, type Norm, type Shared, softCap } from './decoder-block.ts';
import { decoderHead } from './decoder-head.ts';
import { causalMask } from './masks.ts';
import { attendWith, type Past } from './past.ts';
import { ropeTensors } from './rope.ts';
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

    past(config) {
      const { layers, kvHeads, headDim, windows, ...c } = graph.config(config);
      const ropes = ropesOf(c).map((rope) => ({ rope, rotaryDim: c.rotaryDim }));
      return { layers, kvHeads, headDim, windows: [...new Set(windows)], ropes };
    },

    logits(config, task, params, inputs, past) {
      const c = graph.config(config);
      const x = hiddenStates(graph, c, params, inputs, past);
      const logits = decoderHead(task, params, x, { inputs, pad: c.padTokenId, past });
      return task === 'causal-lm' ? softCap(logits, c.logitCap) : logits;
    },
  };
}

/** [batch, time, hidden], after the final norm. */
function hiddenStates(
  graph: DecoderGraph,
  c: DecoderConfig,
  params: Params,
  inputs: ModelInputs,
  past: Past | undefined,
): Tensor {
  const attend = attendWith(past);
  const kinds = past ? kindsOf(c, past) : layerKinds(c, inputs);
  const embedded = params.embedding('model.embed_tokens', inputs.input_ids);
  let x = graph.embeddingScale ? tf.mul(embedded, graph.embeddingScale(c)) : embedded;
  for (const [i, window] of c.windows.entries()) {
    const { mask, cos, sin } = kinds.get(window)!;
    x = params.layer(
      (x, mask, cos, sin) =>
        graph.block(c, params, `model.layers.${i}`, x!, { attend, mask: mask!, cos: cos!, sin: sin! }),
      [x, mask, cos, sin],
    );
  }
  return graph.norm(c, params, 'model.norm', x);
}

type Kind = Omit<Shared, 'attend'>;

/** The usual one, and that of layers with a window where it is another. */
const ropesOf = ({ rope, windowRope }: Pick<DecoderConfig, 'rope' | 'windowRope'>): Rope[] =>
  windowRope ? [rope, windowRope] : [rope];
const ropeIndex = (c: DecoderConfig, window: number | undefined): number =>
  window !== undefined && c.windowRope ? 1 : 0;

const kindsOf = (c: DecoderConfig, past: Past): Map<number | undefined, Kind> =>
  new Map(
    [...new Set(c.windows)].map((window) => [window, { mask: past.mask(window), ...past.rope(ropeIndex(c, window)) }]),
  );

/** What the layers of each window share. A window that is no shorter than the rows hides nothing: its mask is the plain one. */
function layerKinds(c: DecoderConfig, inputs: ModelInputs): Map<number | undefined, Kind> {
  const length = inputs.attention_mask.shape[1]!;
  const hides = (window: number | undefined) => (window !== undefined && window < length ? window : undefined);
  const masks = new Map([...new Set(c.windows.map(hides))].map((window) => [window, causalMask(inputs, window)]));
  const kinds = new Map<number | undefined, Kind>();
  for (const window of new Set(c.windows)) {
    const rope = ropesOf(c)[ropeIndex(c, window)]!;
    kinds.set(window, { mask: masks.get(hides(window))!, ...ropeTensors(rope, c.rotaryDim, length) });
  }
  return kinds;
}

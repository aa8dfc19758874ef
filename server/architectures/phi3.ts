/** Phi-3 (https://arxiv.org/abs/2404.14219): query, key and value in one matrix, gate and up in another. */
import { blockNorms, decoderFamily, decoderTasks, llamaBody } from './decoder.ts';
import { type DecoderConfig, decoderConfig, windowSize } from './decoder-config.ts';
import { badConfig, positive } from './fields.ts';
import { linear } from './modules.ts';
import type { ModelConfig } from './types.ts';

/** Throws `bad-config` naming the first wrong field; defaults are those of transformers' Phi3Config. */
export function phi3Config(config: ModelConfig): DecoderConfig {
  const place = config.rope_scaling ? 'rope_scaling' : 'rope_parameters';
  const rope = (config[place] ?? {}) as ModelConfig;
  const type = rope.rope_type ?? rope.type;
  // The first published files call it "su" or "yarn".
  const named = type === 'su' || type === 'yarn' ? { ...rope, rope_type: 'longrope' } : rope;
  const c = decoderConfig(
    { original_max_position_embeddings: 4096, ...config, [place]: named },
    { tie: false, maxPositions: 4096, eps: 1e-5, padTokenId: 32_000 },
  );
  const turned = positive({ ...config, ...rope }, 'partial_rotary_factor', 1);
  const rotaryDim = Math.floor(c.headDim * turned);
  if (turned > 1 || rotaryDim < 2 || rotaryDim % 2 !== 0)
    throw badConfig('partial_rotary_factor', `gives ${rotaryDim} of ${c.headDim} columns; it must be an even number`);
  if (c.rope.type === 'longrope')
    for (const [field, { length }] of Object.entries({
      short_factor: c.rope.shortFactors,
      long_factor: c.rope.longFactors,
    }))
      if (length !== rotaryDim / 2) throw badConfig(`${place}.${field}`, `has ${length} numbers, not ${rotaryDim / 2}`);
  return { ...c, rotaryDim, windows: Array(c.layers).fill(windowSize(config)) };
}

export const phi3 = decoderFamily({
  id: 'phi3',
  title: 'Phi-3',
  modelTypes: ['phi3'],
  classes: ['Phi3ForCausalLM', 'Phi3ForSequenceClassification'],
  basePrefix: 'model',
  runs: decoderTasks,
  targets: {},
  body(config) {
    const s = phi3Config(config);
    const { hidden, intermediate, headDim } = s;
    const queries = s.heads * headDim;
    return llamaBody(s, (at, layer) => [
      linear(`${at}.self_attn.o_proj`, hidden, queries, false, 'attention', layer),
      linear(`${at}.self_attn.qkv_proj`, queries + 2 * s.kvHeads * headDim, hidden, false, 'attention', layer),
      linear(`${at}.mlp.gate_up_proj`, 2 * intermediate, hidden, false, 'mlp', layer),
      linear(`${at}.mlp.down_proj`, hidden, intermediate, false, 'mlp', layer),
      ...blockNorms(s, at, layer),
    ]);
  },
});

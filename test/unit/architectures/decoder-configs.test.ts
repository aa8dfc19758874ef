/** What decoders of Llama's kind read of config.json, in both layouts; defaults are those of transformers 5.18. */
import { describe, expect, it, test } from 'vitest';
import { gemma2Config, gemma3Config, gemmaConfig } from '../../../server/architectures/gemma.ts';
import { llamaConfig } from '../../../server/architectures/llama.ts';
import { mistralConfig } from '../../../server/architectures/mistral.ts';
import { phi3Config } from '../../../server/architectures/phi3.ts';
import { qwen2Config, qwen3Config } from '../../../server/architectures/qwen.ts';

const base = {
  vocab_size: 40,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};
const [slides, full] = ['sliding_attention', 'full_attention'];
const refusal = (field: string) => expect.objectContaining({ code: 'bad-config', field });

describe('windows', () => {
  const none = undefined;
  it.each([
    ['Mistral has one by default', mistralConfig, {}, [4096, 4096, 4096, 4096]],
    ['null is none', mistralConfig, { sliding_window: null }, [none, none, none, none]],
    ['Qwen2 has none unless it says so', qwen2Config, { sliding_window: 8 }, [none, none, none, none]],
    [
      'Qwen2 has them from a layer on',
      qwen2Config,
      { use_sliding_window: true, sliding_window: 8, max_window_layers: 3 },
      [none, none, none, 8],
    ],
    [
      'Qwen3 has them where layer_types says so',
      qwen3Config,
      { use_sliding_window: true, sliding_window: 8, layer_types: [full, slides, full, slides] },
      [none, 8, none, 8],
    ],
    ['Gemma 2 has them in every other layer', gemma2Config, { sliding_window: 8 }, [8, none, 8, none]],
    ['Gemma 3 by a pattern', gemma3Config, { sliding_window: 8, sliding_window_pattern: 3 }, [8, 8, none, 8]],
    ['Gemma 3 has five to one by default', gemma3Config, { sliding_window: 8 }, [8, 8, 8, 8]],
    ['Phi-3 has none by default', phi3Config, {}, [none, none, none, none]],
    ['Phi-3', phi3Config, { sliding_window: 2047 }, [2047, 2047, 2047, 2047]],
  ])('%s', (_, read, config, windows) => expect(read({ ...base, ...config }).windows).toEqual(windows));

  it.each([
    [{ layer_types: [full] }, 'layer_types'],
    [{ layer_types: [full, full, full, 'chunked_attention'] }, 'layer_types'],
    [{ layer_types: [full, full, full, slides], sliding_window: null }, 'sliding_window'],
    [{ sliding_window: 0 }, 'sliding_window'],
  ])('%j is refused', (config, field) => expect(() => gemma2Config({ ...base, ...config })).toThrow(refusal(field)));
});

test('caps and the scale of Gemma 2', () => {
  expect(gemma2Config(base)).toMatchObject({ scale: 256 ** -0.5, scoreCap: 50, logitCap: 30 });
  const given = { query_pre_attn_scalar: 24, attn_logit_softcapping: null, final_logit_softcapping: 3 };
  const read = gemma2Config({ ...base, ...given });
  expect(read).toMatchObject({ scale: 24 ** -0.5, logitCap: 3 });
  expect(read.scoreCap).toBeUndefined();
  expect(() => gemma2Config({ ...base, attn_logit_softcapping: 0 })).toThrow(refusal('attn_logit_softcapping'));
});

test('"gelu" of the first Gemma files means the approximation', () => {
  expect(gemmaConfig({ ...base, hidden_act: 'gelu', hidden_activation: null }).activation).toBe('gelu_tanh');
});

test('an encoder made of a Gemma is refused', () => {
  expect(() => gemma3Config({ ...base, use_bidirectional_attention: true })).toThrow(
    refusal('use_bidirectional_attention'),
  );
});

describe('rotary positions of Gemma 3', () => {
  const [far, near] = [
    { type: 'linear', theta: 1e6, factor: 8 },
    { type: 'default', theta: 1e4 },
  ];
  it.each([
    ['by default', {}, { type: 'default', theta: 1e6 }, near],
    ['of transformers 4', { rope_scaling: { rope_type: 'linear', factor: 8 } }, far, near],
    ['of transformers 4, bases', { rope_theta: 5e5, rope_local_base_freq: 2e3 }, { theta: 5e5 }, { theta: 2e3 }],
    [
      'of transformers 5',
      {
        rope_parameters: {
          full_attention: { rope_type: 'linear', factor: 8, rope_theta: 1e6 },
          sliding_attention: { rope_type: 'default', rope_theta: 1e4 },
        },
      },
      far,
      near,
    ],
    ['below text_config', { text_config: { ...base, rope_theta: 5e5 } }, { theta: 5e5 }, near],
  ])('%s', (_, config, rope, windowRope) =>
    expect(gemma3Config({ ...base, ...config })).toMatchObject({ rope, windowRope }),
  );
});

describe('rotary positions of Phi-3', () => {
  it('turn whole heads unless the config says otherwise', () => {
    expect(phi3Config({ ...base, partial_rotary_factor: null }).rotaryDim).toBe(8);
  });

  const [short_factor, long_factor] = [
    [1, 2],
    [3, 4],
  ];
  const scaling = { type: 'longrope', short_factor, long_factor };
  const config = { ...base, max_position_embeddings: 131_072, partial_rotary_factor: 0.5, rope_scaling: scaling };

  it.each(['longrope', 'su', 'yarn'])('%s', (type) => {
    expect(phi3Config({ ...config, rope_scaling: { ...scaling, type } })).toMatchObject({
      rotaryDim: 4,
      rope: {
        type: 'longrope',
        shortFactors: short_factor,
        longFactors: long_factor,
        originalMaxPositions: 4096,
        attentionFactor: Math.sqrt(1 + Math.log(32) / Math.log(4096)),
      },
    });
  });

  it.each([
    [{ partial_rotary_factor: 0.4 }, 'partial_rotary_factor'],
    [{ partial_rotary_factor: 2 }, 'partial_rotary_factor'],
    [{ rope_scaling: { ...scaling, long_factor: [1] } }, 'rope_scaling.long_factor'],
    [{ rope_scaling: { ...scaling, short_factor: 1 } }, 'rope_scaling.short_factor'],
  ])('%j is refused', (more, field) => expect(() => phi3Config({ ...config, ...more })).toThrow(refusal(field)));
});

test('the padding token is one of the vocabulary, or there is none', () => {
  const pad = (more: object) => llamaConfig({ ...base, ...more }).padTokenId;
  expect([{}, { pad_token_id: null }, { pad_token_id: -1 }, { pad_token_id: 40 }].map(pad)).toEqual(
    Array(4).fill(undefined),
  );
  expect(pad({ pad_token_id: 39 })).toBe(39);
  expect(gemmaConfig(base).padTokenId).toBe(0);
  expect(gemmaConfig({ ...base, pad_token_id: null }).padTokenId).toBeUndefined();
});

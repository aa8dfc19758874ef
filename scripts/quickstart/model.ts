/** A small Llama with random weights, which pretraining starts from. */
import { moduleTable } from '../../server/architectures/families.ts';
import type { ModelConfig } from '../../server/architectures/types.ts';
import { Random } from '../../server/base/random.ts';
import { sizeOf } from '../../server/base/tensor.ts';
import type { TensorSource } from '../../server/checkpoint/safetensors/write.ts';

export const endOfText = '<|endoftext|>';
export const padding = '<|pad|>';
export const specialTokens = [endOfText, padding];

const initializerRange = 0.02;

/** About 1.3 M parameters, 5 MB in float32. */
export const modelConfig = (vocabSize: number): ModelConfig => ({
  architectures: ['LlamaForCausalLM'],
  attention_bias: false,
  attention_dropout: 0,
  bos_token_id: null,
  dtype: 'float32',
  eos_token_id: specialTokens.indexOf(endOfText),
  head_dim: 40,
  hidden_act: 'silu',
  hidden_size: 160,
  initializer_range: initializerRange,
  intermediate_size: 432,
  max_position_embeddings: 256,
  mlp_bias: false,
  model_type: 'llama',
  num_attention_heads: 4,
  num_hidden_layers: 4,
  num_key_value_heads: 2,
  pad_token_id: specialTokens.indexOf(padding),
  rms_norm_eps: 1e-5,
  rope_parameters: { rope_theta: 10000, rope_type: 'default' },
  rope_theta: 10000,
  tie_word_embeddings: true,
  use_cache: true,
  vocab_size: vocabSize,
});

/** As transformers initialises a Llama: norms at 1, everything else normal with the config's range. */
export function randomWeights(config: ModelConfig, seed: number): TensorSource[] {
  return moduleTable(config, 'causal-lm')
    .modules.filter((module) => module.tiedTo === undefined)
    .flatMap((module) =>
      Object.entries(module.parameters).map(([parameter, shape]) => {
        const name = `${module.name}.${parameter}`;
        const random = Random.seeded(seed, name);
        const next = module.kind === 'norm' ? () => 1 : () => initializerRange * random.normal();
        return { name, shape, data: () => Float32Array.from({ length: sizeOf(shape) }, next) };
      }),
    );
}

/** The prompt as the corpus has it, for tools that use chat templates. */
export const tokenizerConfig = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  eos_token: endOfText,
  pad_token: padding,
  clean_up_tokenization_spaces: false,
  model_max_length: 256,
  chat_template:
    "{% for message in messages %}{% if message.role == 'user' %}{{ 'User: ' + message.content + '\\n' }}" +
    "{% else %}{{ 'Assistant: ' + message.content + eos_token }}{% endif %}{% endfor %}" +
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}",
};

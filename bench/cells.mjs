// The cells of the engine's benchmark: models, methods, and what both sides agree on.

/** A decoder as small as its sizes; `shape` of one micro-batch. */
export const llamaLike = ({ layers, hidden, heads, intermediate, batch, length }) => ({
  task: 'causal-lm',
  targets: ['q_proj', 'v_proj'],
  config: {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: 4096,
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    max_position_embeddings: Math.max(128, length),
    tie_word_embeddings: true,
    attention_dropout: 0,
    bos_token_id: 1,
    eos_token_id: 2,
  },
  batch,
  length,
});

/** `most` is the target: at most this part of PyTorch's time, and of its peak memory. */
export const models = {
  'llama-4': {
    title: 'llama-like, 4 layers, d 512, T 128, batch 8',
    most: 0.6,
    ...llamaLike({ layers: 4, hidden: 512, heads: 8, intermediate: 1408, batch: 8, length: 128 }),
  },
  'llama-12': {
    title: 'llama-like, 12 layers, d 768, T 128, batch 8',
    most: 0.7,
    ...llamaLike({ layers: 12, hidden: 768, heads: 12, intermediate: 2048, batch: 8, length: 128 }),
  },
  'bert-base': {
    title: 'BERT-base, classification, T 128, batch 8',
    most: 0.7,
    task: 'sequence-classification',
    targets: ['query', 'value'],
    config: {
      architectures: ['BertForSequenceClassification'],
      model_type: 'bert',
      vocab_size: 30522,
      hidden_size: 768,
      intermediate_size: 3072,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      hidden_act: 'gelu',
      max_position_embeddings: 512,
      type_vocab_size: 2,
      layer_norm_eps: 1e-12,
      pad_token_id: 0,
      num_labels: 2,
      // Masks drawn by two different generators would make two different losses.
      hidden_dropout_prob: 0,
      attention_probs_dropout_prob: 0,
    },
    batch: 8,
    length: 128,
  },
};

/** AdamW's settings on both sides. The learning rates are usual ones, the betas and eps PyTorch's defaults. */
const adamw = (learning_rate) => ({ learning_rate, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01 });

/** Adapters sit on the query and value projections; a classification head is trained beside them, as PEFT does. */
export const methods = {
  lora: { title: 'lora, r 8', rank: 8, alpha: 16, optimizer: adamw(1e-3) },
  svft: { title: 'svft, banded 2', off_diagonals: 2, optimizer: adamw(1e-3) },
  'lora-xs': { title: 'lora-xs, r 32', rank: 32, alpha: 32, optimizer: adamw(1e-3) },
  full: { title: 'full', optimizer: adamw(5e-5) },
};

/** Recipes and model folders that several feature tests use. */
export const roberta = { 'models/roberta/config.json': { fixture: 'configs/roberta-large/config.json' } };
export const llama70b = { 'models/llama/config.json': { fixture: 'configs/llama-3-70b/config.json' } };

export const classification = `version: 1
model:
  path: ./models/roberta
  task: sequence-classification
  num_labels: 2
adapters:
  - name: attention
    method: lora
    rank: 8
    target_modules: [query, value]
budget: { trainable: 1M }
`;

export const causal = `version: 1
model:
  path: ./models/llama
  task: causal-lm
  dtype: bfloat16
adapters:
  - name: attention
    method: lora
    rank: 16
    alpha: 32
    target_modules: [q_proj, k_proj, v_proj, o_proj]
    rank_pattern: { v_proj: 4 }
  - name: mlp
    method: lora
    rank: 8
    target_modules: '.*layers\\.(1|2|3)\\d\\.mlp\\.(up|down)_proj'
budget: { trainable: 200M }
`;

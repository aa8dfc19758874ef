import { count } from '../base/units.ts';
import { lora, loraArguments } from './lora.ts';
import { alphaField, factorsOf, rankField } from './low-rank.ts';
import type { Method } from './types.ts';

/** Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation"; as Hugging Face PEFT computes it (`use_dora`). */
export const dora: Method = {
  id: 'dora',
  title: 'DoRA',
  summary: 'LoRA for the direction of each row of W, and a trained length beside it.',
  doc: `**DoRA** splits W (m×n) into the length of each row and its direction. It learns the lengths (\`magnitude\`, m numbers) and, as LoRA, B (m×r) and A (r×n):

\`W' = diag(magnitude / ‖W + s·B·A‖) · (W + s·B·A)\`, s = alpha / rank (with \`use_rslora\`: alpha / √rank)

There is one norm per output row, and it counts as a constant in the gradient. \`magnitude\` starts at the row norms of W and B at zero, so training starts
at the base model. Trainable: r·(m + n) + m per matrix.

The paper (LLaMA, commonsense): rank 32 and alpha 64 (or half of both), dropout 0.05, learning rate 2e-4 with batch 16, 100 warm-up steps, 3 epochs.
It gains most over LoRA at low ranks. Each step costs one more pass over W, for the norms.`,
  paper: { title: 'DoRA: Weight-Decomposed Low-Rank Adaptation', url: 'https://arxiv.org/abs/2402.09353' },
  fields: [
    rankField('Inner size r of the update B·A. Each adapted m×n matrix gets r·(m + n) + m trainable parameters.'),
    alphaField('The update is scaled by s = alpha / rank (with `use_rslora`: alpha / √rank).'),
    ...lora.fields.filter(({ name }) => ['dropout', 'use_rslora', 'init', 'bias'].includes(name)),
  ],
  recipes: [
    {
      from: "the paper's LLaMA-7B on commonsense",
      task: 'causal-lm',
      entry: {
        rank: 32,
        alpha: 64,
        dropout: 0.05,
        target_modules: ['q_proj', 'k_proj', 'v_proj', 'up_proj', 'down_proj'],
      },
      training: {
        num_epochs: 3,
        batch_size: 16,
        optimizer: { learning_rate: 2e-4 },
        scheduler: { name: 'linear', warmup_steps: 100 },
      },
      max_length: 256,
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  trainable: (module, settings) => factorsOf(module, settings) + module.m,
  formula: 'r·(m + n) + m',
  filledIn: ({ m, n }, { rank }) => `${rank}·(${m} + ${n}) + ${m} = ${count(rank * (m + n) + m)}`,
  sharedBytes: () => 0,
  fileShapes: (module, settings) => ({ ...lora.fileShapes!(module, settings), lora_magnitude_vector: [module.m] }),
  fromPeft: (config) => (config.use_dora === true ? lora.fromPeft!({ ...config, use_dora: false }) : undefined),
  toPeft: (settings, patterns) => ({
    config: 'LoraConfig',
    arguments: { ...loraArguments(settings, patterns), use_dora: true },
  }),
  updateRank: ({ m, n }) => Math.min(m, n),
  learningRate: 2e-4,
  check: lora.check,
};

import { count } from '../base/units.ts';
import { alphaField, factorsOf, productOf, rankFaults, rankField } from './low-rank.ts';
import type { Method } from './types.ts';

/** Bałazy et al., "LoRA-XS: Low-Rank Adaptation with Extremely Small Number of Parameters"; sides as in the authors' code. */
export const loraXs: Method = {
  id: 'lora-xs',
  title: 'LoRA-XS',
  summary: 'Trains an r×r matrix between frozen singular vectors of W: r² parameters whatever the size of W.',
  doc: `**LoRA-XS** takes the r leading singular triplets of W (m×n), keeps A = Σᵣ·Vᵣᵀ (r×n) and B = Uᵣ (m×r) frozen, and learns R (r×r):

\`W' = W + s·B·R·A\`, s = alpha / rank

R starts at almost zero (normal, \`init_std\` 1e-5), so training starts within rounding's reach of the base model. Trainable: r² per matrix.

The paper: rank 4 to 64, all linear layers; GLUE on RoBERTa-large with alpha 8, learning rates 6e-4 to 5e-3 and a rate of its own for the head;
instruction tuning with alpha = rank, 4e-3, cosine, warm-up 0.02, batch 128. A lower rank on more modules beats a higher one on fewer.

The decomposition is of W as \`model.dtype\` holds it, computed once and kept; A and B are stored in the adapter, r·(m + n) numbers a matrix beside R.`,
  paper: {
    title: 'LoRA-XS: Low-Rank Adaptation with Extremely Small Number of Parameters',
    url: 'https://arxiv.org/abs/2405.17604',
  },
  fields: [
    rankField(
      'Size r of the trained matrix R. Each adapted matrix gets r² trainable parameters; the paper uses 4 to 64.',
    ),
    alphaField(),
    {
      name: 'init_std',
      type: 'number',
      minimum: 0,
      default: 1e-5,
      doc: 'Standard deviation of the normal distribution that R starts from. 0 starts exactly at the base model.',
    },
    {
      name: 'sigma_side',
      type: 'enum',
      values: ['A', 'B'],
      valueDocs: {
        A: "A = Σᵣ·Vᵣᵀ, B = Uᵣ: the authors' code.",
        B: 'A = Vᵣᵀ, B = Uᵣ·Σᵣ.',
      },
      default: 'A',
      doc: 'Which of the frozen factors takes the singular values.',
    },
    {
      name: 'retain',
      type: 'enum',
      values: ['top', 'bottom'],
      valueDocs: {
        top: 'The r largest singular values.',
        bottom: "The r smallest, the paper's ablation; needs the full decomposition of W.",
      },
      default: 'top',
      doc: 'Which singular triplets of W are taken.',
    },
    {
      name: 'init',
      type: 'enum',
      values: ['svd', 'random'],
      valueDocs: {
        svd: 'A and B from singular vectors of W.',
        random: "A and B Kaiming uniform with a = √5, the paper's ablation; no decomposition.",
      },
      default: 'svd',
      doc: 'Where the frozen factors come from.',
    },
  ],
  recipes: [
    {
      from: "the paper's instruction tuning",
      task: 'causal-lm',
      entry: { rank: 64, alpha: 64, target_modules: 'all-linear' },
      training: {
        num_epochs: 2,
        batch_size: 8,
        gradient_accumulation_steps: 16,
        optimizer: { learning_rate: 4e-3 },
        scheduler: { name: 'cosine', warmup_ratio: 0.02 },
      },
    },
    {
      from: "the paper's RoBERTa-large on MRPC",
      task: 'sequence-classification',
      // Query, value, the attention's output and one fully connected matrix.
      entry: { rank: 25, alpha: 8, target_modules: ['query', 'value', 'output.dense'] },
      training: {
        num_epochs: 50,
        batch_size: 32,
        optimizer: { learning_rate: 1e-3, head_learning_rate: 6e-4 },
        scheduler: { name: 'linear', warmup_ratio: 0.06 },
      },
      max_length: 128,
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  trainable: (_module, { rank }) => rank * rank,
  formula: 'r²',
  filledIn: (_module, { rank }) => `${rank}² = ${count(rank * rank)}`,
  sharedBytes: () => 0,
  heldFactors: factorsOf,
  takes({ options: { init, retain } }) {
    if (init === 'random') return undefined;
    return retain === 'bottom' ? 'bottom' : 'top';
  },
  product: (settings) => ({ ...productOf(settings), middle: 'lora_R.weight' }),
  fromPeft(config) {
    if (config.peft_type !== 'LORA_XS') return undefined;
    return {
      rank: config.r as number,
      alpha: config.lora_alpha as number,
      options: {
        init_std: typeof config.init_std === 'number' ? config.init_std : 1e-5,
        sigma_side: config.sigma_side === 'B' ? 'B' : 'A',
        retain: config.retain === 'bottom' ? 'bottom' : 'top',
        init: config.init === 'random' ? 'random' : 'svd',
      },
    };
  },
  plainRank: (_module, { rank }) => rank,
  updateRank: ({ m, n }, { rank }) => Math.min(m, n, rank),
  learningRate: 4e-3,
  check: rankFaults,
};

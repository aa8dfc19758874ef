import { count } from '../base/units.ts';
import { lora } from './lora.ts';
import { rankField } from './low-rank.ts';
import type { Method } from './types.ts';

/** Kopiczko et al., "VeRA: Vector-based Random Matrix Adaptation"; counts and defaults as in Hugging Face PEFT. */
export const vera: Method = {
  id: 'vera',
  title: 'VeRA',
  summary: 'Two trained vectors a matrix around one pair of random projections that all matrices share.',
  doc: `**VeRA** draws one pair of random projections for all matrices, A (r×n) and B (m×r), which stay as they are. Each W (m×n) learns b (m numbers) and d (r numbers):

\`W' = W + diag(b)·B·diag(d)·A\`

b starts at zero, so training starts at the base model; d at \`d_initial\`. Trainable: m + r per matrix. A and B are as large as the largest adapted matrix
needs; the others use a slice of them.

The paper: rank 256 to 1024, many times that of LoRA; GLUE on RoBERTa with learning rates 1e-3 to 1e-2 and one of its own for the head (2e-4 to 1e-2),
warm-up ratio 0.06; instruction tuning with 4e-3, cosine, warm-up 0.1.

The projections follow from \`projection_seed\`, and are saved in the adapter unless \`save_projection\` says otherwise.`,
  paper: { title: 'VeRA: Vector-based Random Matrix Adaptation', url: 'https://arxiv.org/abs/2310.11454' },
  fields: [
    {
      ...rankField(
        'Inner size r of the shared projections. Each adapted m×n matrix gets m + r trainable parameters.',
        256,
      ),
      doc: 'Inner size r of the shared projections, one for all matrices of the entry. Each adapted m×n matrix gets m + r trainable parameters; r may exceed min(m, n). The paper uses 256 to 1024. `auto` takes the largest rank that fits the `budget`.',
    },
    {
      name: 'd_initial',
      type: 'number',
      default: 0.1,
      doc: 'What the numbers of d start at. The paper finds small values (0.1, or 1e-7) better than 1.',
    },
    {
      name: 'projection_seed',
      type: 'integer',
      minimum: 0,
      default: 0,
      doc: 'Seed of the shared random projections, apart from `training.seed`. Other tools draw other numbers from the same seed.',
    },
    {
      name: 'save_projection',
      type: 'boolean',
      default: true,
      doc: 'Store the projections in the adapter. Without them the file holds m + r numbers a matrix, and only Rankwise can load it: it draws them again from `projection_seed`.',
    },
    ...lora.fields.filter(({ name }) => name === 'dropout'),
  ],
  recipes: [
    {
      from: "the paper's instruction tuning",
      task: 'causal-lm',
      entry: { rank: 256, target_modules: 'all-linear' },
      training: {
        num_epochs: 1,
        batch_size: 4,
        gradient_accumulation_steps: 4,
        optimizer: { learning_rate: 4e-3 },
        scheduler: { name: 'cosine', warmup_ratio: 0.1 },
      },
    },
    {
      from: "the paper's RoBERTa on GLUE",
      task: 'sequence-classification',
      entry: { rank: 256, target_modules: ['query', 'value'] },
      training: {
        num_epochs: 30,
        batch_size: 64,
        optimizer: { learning_rate: 1e-2, head_learning_rate: 4e-3 },
        scheduler: { name: 'linear', warmup_ratio: 0.06 },
      },
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  uniformRank: true,
  trainable: ({ m }, { rank }) => m + rank,
  formula: 'm + r',
  filledIn: ({ m }, { rank }) => `${m} + ${rank} = ${count(m + rank)}`,
  sharedBytes: () => 0,
  entryFactors(modules, { rank }) {
    const largest = (side: 'm' | 'n') => modules.reduce((most, module) => Math.max(most, module[side]), 0);
    return rank * (largest('m') + largest('n'));
  },
  fileShapes: ({ m }, { rank }) => ({ vera_lambda_b: [m], vera_lambda_d: [rank] }),
  fromPeft(config) {
    const seeded = config.peft_type === 'VERA_SEEDED';
    if (config.peft_type !== 'VERA' && !seeded) return undefined;
    const rank = config.r as number;
    return {
      rank,
      alpha: rank,
      options: {
        d_initial: typeof config.d_initial === 'number' ? config.d_initial : 0.1,
        projection_seed: Number.isInteger(config.projection_prng_key) ? config.projection_prng_key : 0,
        save_projection: !seeded,
        dropout: typeof config.vera_dropout === 'number' ? config.vera_dropout : 0,
      },
    };
  },
  plainRank: (_module, { rank }) => rank,
  toPeft: ({ rank, options }) => ({
    config: 'VeraConfig',
    arguments: {
      r: rank,
      d_initial: options.d_initial,
      projection_prng_key: options.projection_seed,
      save_projection: options.save_projection,
      vera_dropout: options.dropout,
    },
    remark: 'PEFT draws other projections from the same seed: training starts elsewhere, with the same settings.',
  }),
  updateRank: ({ m, n }, { rank }) => Math.min(m, n, rank),
  learningRate: 4e-3,
  check: () => [],
};

import { count } from '../base/units.ts';
import { lora } from './lora.ts';
import { alphaField } from './low-rank.ts';
import type { MatrixSettings, Method } from './types.ts';

const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** Triplets that a saved adapter has left at a matrix; one that lost all has one that does nothing. */
function liveAt(module: string, { options }: MatrixSettings): number | undefined {
  const live = (options.live as Record<string, boolean[]> | undefined)?.[`${module}.lora_E`];
  return live && Math.max(1, live.filter((triplet) => triplet).length);
}

const initRank = ({ options }: MatrixSettings): number => options.init_rank as number;

/** s, the factor before B·diag(E)·A. */
export const scaling = (settings: MatrixSettings): number => settings.alpha / (initRank(settings) + 1e-5);

/** Zhang et al., "AdaLoRA: Adaptive Budget Allocation for Parameter-Efficient Fine-Tuning"; as Hugging Face PEFT computes it. */
export const adalora: Method = {
  id: 'adalora',
  title: 'AdaLoRA',
  summary: 'LoRA in the form of a singular value decomposition, whose ranks go to the matrices that need them.',
  doc: `**AdaLoRA** learns B (m×r), A (r×n) and one factor E for each of the r triplets, with r = \`init_rank\`:

\`W' = W + s·B·diag(E)·A\`, s = alpha / (init_rank + 1e-5)

E starts at zero, so training starts at the base model; A and B are normal with standard deviation 0.02 and kept close to orthogonal by a penalty
(\`orth_reg_weight\`) in the training loss. Trainable: r·(m + n + 1) per matrix.

From step \`tinit\` on the least important triplets of all matrices together lose their E, fewer and fewer being kept, until \`tfinal\` steps before the end
\`target_rank\` a matrix are left on average; the rest of the run trains these. The saved adapter holds them alone.

The paper (DeBERTa on GLUE): init_rank 12, target_rank 8 (or 3 and 2), alpha 32, orth_reg_weight 0.1, learning rates 5e-4 to 2e-3, tinit about a tenth of
the steps and tfinal a third to a half, delta_t 1 to 100.`,
  paper: {
    title: 'AdaLoRA: Adaptive Budget Allocation for Parameter-Efficient Fine-Tuning',
    url: 'https://arxiv.org/abs/2303.10512',
  },
  fields: [
    {
      name: 'init_rank',
      type: 'integer',
      minimum: 1,
      default: 12,
      doc: 'Triplets of each matrix at the start. Each adapted m×n matrix gets init_rank·(m + n + 1) trainable parameters; it may not exceed min(m, n).',
    },
    {
      name: 'target_rank',
      type: 'integer',
      minimum: 1,
      default: 8,
      doc: 'Triplets of each matrix that are left at the end, on average. It may not exceed `init_rank`.',
    },
    { ...alphaField('The update is scaled by s = alpha / (init_rank + 1e-5).'), default: 12 },
    {
      name: 'tinit',
      type: 'integer',
      minimum: 0,
      default: 0,
      doc: 'Steps before the first triplet is taken away. Usual: a tenth of the run.',
    },
    {
      name: 'tfinal',
      type: 'integer',
      minimum: 0,
      default: 0,
      doc: 'Steps at the end that train what is left. Usual: a third of the run. tinit + tfinal must be less than the steps of the run.',
    },
    {
      name: 'delta_t',
      type: 'integer',
      minimum: 1,
      default: 1,
      doc: 'Steps from one allocation to the next.',
    },
    {
      name: 'beta1',
      type: 'number',
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      default: 0.85,
      doc: 'Smoothing of the sensitivity |parameter · gradient| over the steps.',
    },
    {
      name: 'beta2',
      type: 'number',
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      default: 0.85,
      doc: 'Smoothing of how far the sensitivity is from its mean.',
    },
    {
      name: 'orth_reg_weight',
      type: 'number',
      minimum: 0,
      default: 0.5,
      doc: 'Weight in the loss of the mean of ‖A·Aᵀ − I‖ and ‖Bᵀ·B − I‖ over all matrices. The paper uses 0.1 to 0.5.',
    },
    ...lora.fields.filter(({ name }) => name === 'dropout'),
  ],
  recipes: [
    {
      from: "the paper's DeBERTa-base on GLUE",
      task: 'sequence-classification',
      entry: {
        init_rank: 12,
        target_rank: 8,
        alpha: 32,
        orth_reg_weight: 0.1,
        tinit: 600,
        tfinal: 1800,
        target_modules: 'all-linear',
      },
      training: {
        max_steps: 3450,
        batch_size: 32,
        optimizer: { learning_rate: 1e-3 },
        scheduler: { name: 'linear', warmup_ratio: 0.1 },
      },
      max_length: 320,
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  trainable: ({ m, n }, settings) => initRank(settings) * (m + n + 1),
  formula: 'r·(m + n + 1), r = init_rank',
  filledIn: ({ m, n }, settings) =>
    `${initRank(settings)}·(${m} + ${n} + 1) = ${count(initRank(settings) * (m + n + 1))}`,
  sharedBytes: () => 0,
  countedFrozen: 1,
  product: (settings) => ({
    left: 'lora_B',
    right: 'lora_A',
    diagonal: 'lora_E',
    scale: scaling(settings),
  }),
  fromPeft(config) {
    if (config.peft_type !== 'ADALORA') return undefined;
    const pattern = config.rank_pattern as Record<string, boolean[]> | null | undefined;
    return {
      rank: 0,
      alpha: number(config.lora_alpha, 8),
      options: {
        init_rank: number(config.init_r, 12),
        target_rank: number(config.target_r, 8),
        tinit: number(config.tinit, 0),
        tfinal: number(config.tfinal, 0),
        delta_t: number(config.deltaT, 1),
        beta1: number(config.beta1, 0.85),
        beta2: number(config.beta2, 0.85),
        orth_reg_weight: number(config.orth_reg_weight, 0.5),
        dropout: number(config.lora_dropout, 0),
        ...(pattern && { live: pattern, total_step: number(config.total_step, 0) }),
      },
    };
  },
  plainRank: ({ name }, settings) => liveAt(name, settings) ?? initRank(settings),
  toPeft: ({ alpha, options }) => ({
    config: 'AdaLoraConfig',
    arguments: {
      init_r: options.init_rank,
      target_r: options.target_rank,
      lora_alpha: alpha,
      lora_dropout: options.dropout,
      tinit: options.tinit,
      tfinal: options.tfinal,
      deltaT: options.delta_t,
      beta1: options.beta1,
      beta2: options.beta2,
      orth_reg_weight: options.orth_reg_weight,
    },
    totalSteps: 'total_step',
    afterStep: 'model.base_model.update_and_allocate(state.global_step)',
  }),
  updateRank: ({ m, n }, settings) => Math.min(m, n, initRank(settings)),
  learningRate: 1e-3,
  check({ name, m, n }, settings) {
    const [rank, target] = [initRank(settings), settings.options.target_rank as number];
    const limit = Math.min(m, n);
    const large = `init_rank ${rank} is above min(m, n) = ${limit} of ${name} (${m}×${n}); choose ${limit} or less.`;
    if (rank > limit) return [{ code: 'rank-too-large', message: large, field: 'init_rank', largest: limit }];
    if (target <= rank) return [];
    const message = `target_rank ${target} is above init_rank ${rank}: there would be nothing to take away.`;
    return [{ code: 'target-rank-too-large', message, field: 'target_rank', largest: rank }];
  },
};

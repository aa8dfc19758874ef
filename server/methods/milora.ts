import { alphaField, factorsOf, filledInFactors, productOf, rankFaults, rankField } from './low-rank.ts';
import type { Method } from './types.ts';

/** Wang et al., "MiLoRA: Harnessing Minor Singular Components for Parameter-Efficient LLM Finetuning". */
export const milora: Method = {
  id: 'milora',
  title: 'MiLoRA',
  summary: 'LoRA that starts from the smallest singular triplets of W and freezes the principal ones.',
  doc: `**MiLoRA** starts A (r×n) and B (m×r) from the r smallest singular triplets of W (m×n) and takes them out of the base:

\`B = U₋ᵣ·√(Σ₋ᵣ/s)\`, \`A = √(Σ₋ᵣ/s)·V₋ᵣᵀ\`, \`W' = (W − s·B₀·A₀) + s·B·A\`, s = alpha / rank

so the principal directions, which hold what the model knows, stay as they are. Trainable: r·(m + n) per matrix, as LoRA.

The paper (LLaMA, commonsense): rank 32 and alpha 64, learning rate 3e-4 with batch 16, 100 warm-up steps, 3 epochs.

It needs the full decomposition of every adapted matrix, once for a model; that is kept. W is taken as \`model.dtype\` (float32, bfloat16 or float16) holds it. The base W − s·B₀·A₀ is float32, whatever \`model.dtype\` says of
the rest. The adapter is saved as [A; A₀] and [B, −B₀], a plain LoRA of rank 2r for the unchanged model, which Hugging Face PEFT loads; Rankwise goes on
from it as MiLoRA.`,
  paper: {
    title: 'MiLoRA: Harnessing Minor Singular Components for Parameter-Efficient LLM Finetuning',
    url: 'https://arxiv.org/abs/2406.09044',
  },
  fields: [
    rankField('Number r of singular triplets that are trained. Each adapted m×n matrix gets r·(m + n) parameters.'),
    alphaField('The update is scaled by s = alpha / rank; the start does not depend on it.'),
  ],
  recipes: [
    {
      from: "the paper's LLaMA on commonsense",
      task: 'causal-lm',
      entry: { rank: 32, alpha: 64, target_modules: ['q_proj', 'k_proj', 'v_proj', 'up_proj', 'down_proj'] },
      training: {
        num_epochs: 3,
        batch_size: 16,
        optimizer: { learning_rate: 3e-4 },
        scheduler: { name: 'linear', warmup_steps: 100 },
      },
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  plainLora: true,
  trainable: factorsOf,
  formula: 'r·(m + n)',
  filledIn: filledInFactors,
  sharedBytes: () => 0,
  heldFactors: factorsOf,
  replacesBase: true,
  takes: () => 'bottom',
  product: (settings) => ({ ...productOf(settings), rows: 2 * settings.rank }),
  fromPeft(config) {
    if (config.peft_type !== 'MILORA') return undefined;
    return { rank: config.r as number, alpha: config.lora_alpha as number, options: { saved: 'factors' } };
  },
  plainRank: (_module, { rank }) => 2 * rank,
  updateRank: ({ m, n }, { rank }) => Math.min(m, n, 2 * rank),
  learningRate: 3e-4,
  check: rankFaults,
};

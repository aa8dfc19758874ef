import { loraArguments } from './lora.ts';
import { alphaField, factorsOf, filledInFactors, productOf, rankFaults, rankField } from './low-rank.ts';
import type { Method } from './types.ts';

/** Meng et al., "PiSSA: Principal Singular Values and Singular Vectors Adaptation"; initialisation as in Hugging Face PEFT. */
export const pissa: Method = {
  id: 'pissa',
  title: 'PiSSA',
  summary: 'LoRA that starts from the largest singular triplets of W and freezes the rest.',
  doc: `**PiSSA** starts A (r×n) and B (m×r) from the r largest singular triplets of W (m×n) and takes them out of the base:

\`B = Uᵣ·√(Σᵣ/s)\`, \`A = √(Σᵣ/s)·Vᵣᵀ\`, \`W' = (W − s·B₀·A₀) + s·B·A\`, s = alpha / rank

so training starts at the base model and moves its principal directions at once. Trainable: r·(m + n) per matrix, as LoRA.

The paper: rank 2 to 128, alpha = rank, learning rate 2e-5 with batch 128, cosine, warm-up 0.03. PiSSA moves a model far; to keep what it knows see \`milora\`.

W is decomposed as \`model.dtype\` (float32, bfloat16 or float16) holds it; the base W − s·B₀·A₀ is float32, whatever \`model.dtype\` says of the rest. The adapter is saved as [A; A₀] and [B, −B₀], a plain LoRA of rank 2r for the
unchanged model, which Hugging Face PEFT loads without a decomposition; Rankwise goes on from it as PiSSA.`,
  paper: {
    title: 'PiSSA: Principal Singular Values and Singular Vectors Adaptation of Large Language Models',
    url: 'https://arxiv.org/abs/2404.02948',
  },
  fields: [
    rankField('Number r of singular triplets that are trained. Each adapted m×n matrix gets r·(m + n) parameters.'),
    alphaField('The update is scaled by s = alpha / rank; the start does not depend on it.'),
    {
      name: 'svd',
      type: 'enum',
      values: ['full', 'randomized'],
      valueDocs: {
        full: "The whole decomposition of W: exact, PEFT's `pissa`.",
        randomized: "The leading triplets by subspace iteration: many times faster, PEFT's `pissa_niter_N`.",
      },
      default: 'full',
      doc: 'How the singular triplets are computed. Either way it is done once for a model and kept.',
    },
    {
      name: 'niter',
      type: 'integer',
      minimum: 0,
      default: 4,
      doc: 'Iterations of the randomized decomposition; fewer than 4 blur slowly decaying spectra. `svd: full` has none.',
    },
    {
      name: 'oversampling',
      type: 'integer',
      minimum: 0,
      defaultText: '= rank, at least 16',
      doc: 'Columns beyond the rank that the randomized decomposition carries along. `svd: full` has none.',
    },
  ],
  recipes: [
    {
      from: "the paper's instruction tuning",
      task: 'causal-lm',
      entry: { rank: 128, alpha: 128, target_modules: 'all-linear' },
      training: {
        num_epochs: 1,
        batch_size: 8,
        gradient_accumulation_steps: 16,
        optimizer: { learning_rate: 2e-5 },
        scheduler: { name: 'cosine', warmup_ratio: 0.03 },
      },
      max_length: 512,
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
  takes: () => 'top',
  // With what it started from the file is plain LoRA of twice the rank and the same scale.
  product: (settings) => ({ ...productOf(settings), rows: 2 * settings.rank }),
  fromPeft(config) {
    const rank = config.r as number;
    const alpha = config.lora_alpha as number;
    const dropout = (config.lora_dropout as number | undefined) ?? 0;
    const use_rslora = config.use_rslora === true;
    if (config.peft_type === 'PISSA') {
      const { svd, niter, oversampling } = config;
      const given = typeof oversampling === 'number' ? { oversampling } : {};
      const options = {
        svd: svd === 'randomized' ? svd : 'full',
        niter: Number.isInteger(niter) ? niter : 4,
        ...given,
      };
      return { rank, alpha, options: { ...options, dropout, use_rslora, saved: 'factors' } };
    }
    const init = config.init_lora_weights;
    if (config.peft_type !== 'LORA' || config.use_dora === true || typeof init !== 'string') return undefined;
    const niter = /^pissa(?:_niter_(\d+))?$/.exec(init);
    // PEFT draws pissa_niter_N anew when it loads, and so has another base each time: what they all approximate is the full one.
    return niter
      ? { rank, alpha, options: { svd: 'full', niter: Number(niter[1] ?? 4), dropout, use_rslora } }
      : undefined;
  },
  plainRank: (_module, { rank }) => 2 * rank,
  toPeft: (settings, patterns) => ({
    config: 'LoraConfig',
    arguments: {
      ...loraArguments(settings, patterns),
      init_lora_weights: settings.options.svd === 'randomized' ? `pissa_niter_${settings.options.niter}` : 'pissa',
    },
  }),
  updateRank: ({ m, n }, { rank }) => Math.min(m, n, 2 * rank),
  learningRate: 2e-5,
  check: rankFaults,
};

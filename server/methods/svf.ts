import { count } from '../base/units.ts';
import { spectralBytes } from './spectral.ts';
import type { Method } from './types.ts';

/** Sun, Cetin and Tang, "Transformer²: Self-adaptive LLMs". */
export const svf: Method = {
  id: 'svf',
  title: 'SVF',
  summary: 'Scales the singular values of W: min(m, n) parameters a matrix, and adapters of one base add up.',
  doc: `**SVF** (singular value fine-tuning) takes W = U·diag(S)·Vᵀ (m×n, k = min(m, n)) apart and learns one factor z for each singular value:

\`W' = U·diag(S ⊙ z)·Vᵀ\`, with \`form: renormalized\` times ΣS / Σ(S ⊙ z), so that the sum of the singular values stays

z starts at 1: the base model. Trainable: k per matrix, full rank all the same. Adapters of one base share U and V, so that their changes add up exactly.

The paper (Transformer²): every linear layer; AdamW, learning rate 2e-3, cosine, batch 256, gradients clipped at 1e-3, by policy gradient.

It needs the full decomposition of every adapted matrix, once for a model. The adapter holds z; U, S and V, (m + n + 1)·k numbers a matrix in float32, are kept
beside the cache by their SHA-256, one copy for all adapters of the base. They are of W as \`model.dtype\` holds it; the product with W is computed from them, in float32.`,
  paper: { title: 'Transformer²: Self-adaptive LLMs', url: 'https://arxiv.org/abs/2501.06252' },
  fields: [
    {
      name: 'form',
      type: 'enum',
      values: ['plain', 'renormalized'],
      valueDocs: {
        plain: 'U·diag(S ⊙ z)·Vᵀ: linear in z.',
        renormalized: 'The same times ΣS / Σ(S ⊙ z): the sum of the singular values stays that of W.',
      },
      default: 'plain',
      doc: 'How z acts on the singular values.',
    },
  ],
  recipes: [
    {
      from: 'the paper, which trains by policy gradient',
      task: 'causal-lm',
      entry: { target_modules: 'all-linear' },
      training: {
        batch_size: 8,
        gradient_accumulation_steps: 32,
        optimizer: { learning_rate: 2e-3 },
        scheduler: { name: 'cosine' },
        max_grad_norm: 1e-3,
      },
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  trainable: ({ m, n }) => Math.min(m, n),
  formula: 'min(m, n)',
  filledIn: ({ m, n }) => `min(${m}, ${n}) = ${count(Math.min(m, n))}`,
  sharedBytes: spectralBytes,
  plainRank: ({ m, n }) => Math.min(m, n),
  updateRank: ({ m, n }) => Math.min(m, n),
  fromPeft(config) {
    if (config.peft_type !== 'SVF') return undefined;
    return { rank: 0, alpha: 1, options: { form: config.form === 'renormalized' ? 'renormalized' : 'plain' } };
  },
  summed(all) {
    const [first] = all;
    if (!first || all.some(({ options }) => options.form !== first.options.form)) return undefined;
    if (first.options.form === 'plain') return { settings: first };
    return { settings: first, inexact: 'z is composed and then renormalised, which is not linear' };
  },
  learningRate: 2e-3,
  check: () => [],
};

import { count } from '../base/units.ts';
import { lora } from './lora.ts';
import { alphaField, factorsOf, rankFaults, rankField } from './low-rank.ts';
import type { Method } from './types.ts';

/** Renduchintala et al., "Tied-LoRA: Enhancing parameter efficiency of LoRA with weight tying"; the variant that trains A, B, u and v. */
export const tiedLora: Method = {
  id: 'tied-lora',
  title: 'Tied-LoRA',
  summary: 'One trained pair A, B for all matrices, and two scaling vectors for each.',
  doc: `**Tied-LoRA** learns one pair A (r×n) and B (m×r) for all matrices of the entry, and for each W (m×n) two vectors, u (r numbers) and v (m numbers):

\`W' = W + s·diag(v)·B·diag(u)·A\`, s = alpha / rank

B starts at zero and u, v at one, so training starts at the base model. Trainable: r·(m + n) once, and r + m per matrix: that of one LoRA matrix, and little more
for each further one.

The paper compares which of A, B, u and v are tied, trained or left out. This is its variant that ties A and B and trains all four: near LoRA with a fraction of the
parameters, the more so the higher the rank. The matrices of an entry must have one shape: give each shape an entry of its own.`,
  paper: {
    title: 'Tied-LoRA: Enhancing parameter efficiency of LoRA with Weight Tying',
    url: 'https://arxiv.org/abs/2311.09578',
  },
  fields: [
    rankField(
      'Inner size r of the update, one for all matrices of the entry. They share r·(m + n) parameters; each m×n matrix has r + m more.',
    ),
    alphaField(),
    ...lora.fields.filter(({ name }) => name === 'dropout'),
  ],
  recipes: [
    {
      from: "LoRA's usual settings, on matrices of one shape",
      task: 'causal-lm',
      entry: { rank: 32, target_modules: ['q_proj', 'o_proj'] },
      training: {
        batch_size: 16,
        optimizer: { learning_rate: 1e-3 },
        scheduler: { name: 'cosine', warmup_ratio: 0.06 },
      },
    },
    {
      from: "LoRA's usual settings, on matrices of one shape",
      task: 'sequence-classification',
      entry: { rank: 32, target_modules: ['query', 'value'] },
      training: {
        batch_size: 16,
        optimizer: { learning_rate: 1e-3 },
        scheduler: { name: 'linear', warmup_ratio: 0.06 },
      },
      max_length: 128,
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  uniformRank: true,
  equalShapes: true,
  trainable: ({ m }, { rank }) => rank + m,
  tied: factorsOf,
  formula: 'r·(m + n) once, and r + m',
  filledIn: ({ m, n }, { rank }) =>
    `${rank}·(${m} + ${n}) = ${count(rank * (m + n))} once, and ${rank} + ${m} = ${count(rank + m)}`,
  sharedBytes: () => 0,
  fromPeft(config) {
    if (config.peft_type !== 'TIED_LORA') return undefined;
    return {
      rank: config.r as number,
      alpha: config.lora_alpha as number,
      options: { dropout: typeof config.lora_dropout === 'number' ? config.lora_dropout : 0 },
    };
  },
  updateRank: ({ m, n }, { rank }) => Math.min(m, n, rank),
  plainRank: (_module, { rank }) => rank,
  learningRate: 1e-3,
  check: rankFaults,
};

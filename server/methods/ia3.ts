import { count } from '../base/units.ts';
import type { MatrixSettings, Method } from './types.ts';

/** Whether the factors of a module scale its input: it is, or ends with, one of `feedforward_modules` (PEFT's rule). */
export const isFeedforward = (name: string, { options }: MatrixSettings): boolean =>
  ((options.feedforward_modules as string[] | undefined) ?? []).some((item) => name.endsWith(item));

const factors = ({ name, m, n }: { name: string; m: number; n: number }, settings: MatrixSettings): number =>
  isFeedforward(name, settings) ? n : m;

/** Liu et al., "Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning"; as in Hugging Face PEFT. */
export const ia3: Method = {
  id: 'ia3',
  title: '(IA)³',
  summary: 'One trained factor for each output of a layer, or each input of a feed-forward one.',
  doc: `**(IA)³** scales activations. It learns l, one factor for each output of W (m×n), which scales the bias too; in \`feedforward_modules\` one for each input:

\`W' = diag(l)·W\`, \`b' = l ⊙ b\`; feed-forward: \`W' = W·diag(l)\`

l starts at ones, so training starts at the base model. Trainable: m per matrix, n in feed-forward modules.

The paper (T0): keys, values and the second feed-forward layer; 1,000 steps of batch 8 with learning rate 3e-3, linear, 60 warm-up steps.`,
  paper: {
    title: 'Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning',
    url: 'https://arxiv.org/abs/2205.05638',
  },
  fields: [
    {
      name: 'feedforward_modules',
      type: 'list',
      item: 'string',
      defaultText: "PEFT's for the model type",
      doc: 'Ends of names of the adapted modules whose input is scaled, not their output. `[]`: none.',
    },
  ],
  recipes: [
    {
      from: "the paper's T0",
      task: 'causal-lm',
      entry: {},
      training: {
        max_steps: 1000,
        batch_size: 8,
        optimizer: { learning_rate: 3e-3 },
        scheduler: { name: 'linear', warmup_steps: 60 },
      },
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  moduleFields: ['feedforward_modules'],
  trainable: factors,
  formula: 'm (n in feed-forward modules)',
  filledIn: (module, settings) => count(factors(module, settings)),
  sharedBytes: () => 0,
  fileShapes: ({ name, m, n }, settings) => ({ ia3_l: isFeedforward(name, settings) ? [1, n] : [m, 1] }),
  fromPeft(config) {
    if (config.peft_type !== 'IA3') return undefined;
    const { feedforward_modules: names } = config;
    // As a regular expression it would have to be PEFT's own dialect.
    if (typeof names === 'string') return undefined;
    return { rank: 0, alpha: 0, options: Array.isArray(names) ? { feedforward_modules: names.map(String) } : {} };
  },
  toPeft: ({ options }) => ({ config: 'IA3Config', arguments: { feedforward_modules: options.feedforward_modules } }),
  updateRank: ({ m, n }) => Math.min(m, n),
  learningRate: 3e-3,
  check: () => [],
};

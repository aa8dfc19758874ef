import { alphaField, factorsOf, filledInFactors, productOf, rankFaults, rankField } from './low-rank.ts';
import type { MatrixSettings, Method, Patterns } from './types.ts';

/** Arguments of PEFT's LoraConfig, which several methods share. */
export const loraArguments = ({ rank, alpha, options }: MatrixSettings, patterns: Patterns) => ({
  r: rank,
  lora_alpha: alpha,
  lora_dropout: options.dropout ?? 0,
  use_rslora: options.use_rslora ?? false,
  init_lora_weights: (options.init ?? 'default') === 'default' ? true : options.init,
  bias: options.bias === 'none' ? undefined : options.bias,
  rank_pattern: patterns.rank,
  alpha_pattern: patterns.alpha,
});

/** Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models"; counts and defaults as in Hugging Face PEFT. */
export const lora: Method = {
  id: 'lora',
  title: 'LoRA',
  summary: 'A low-rank update BA beside each frozen matrix.',
  doc: `**LoRA** keeps W (m×n) frozen and learns B (m×r) and A (r×n):

\`W' = W + s·B·A\`, s = alpha / rank (with \`use_rslora\`: alpha / √rank)

B starts at zero, so training starts at the base model. Trainable: r·(m + n) per matrix.

Usual: rank 4 to 64, alpha = rank or 2·rank, learning rate 1e-4 to 1e-3.`,
  paper: { title: 'LoRA: Low-Rank Adaptation of Large Language Models', url: 'https://arxiv.org/abs/2106.09685' },
  fields: [
    rankField('Inner size r of the update B·A. Each adapted m×n matrix gets r·(m + n) trainable parameters.'),
    alphaField('The update is scaled by s = alpha / rank (with `use_rslora`: alpha / √rank).'),
    {
      name: 'dropout',
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      doc: "Probability with which an input of A is zeroed in training. The paper's own runs use 0 to 0.1.",
    },
    {
      name: 'use_rslora',
      type: 'boolean',
      default: false,
      doc: 'Scale by alpha / √rank ([rank-stabilized LoRA](https://arxiv.org/abs/2312.03732)), which keeps high ranks learning.',
    },
    {
      name: 'init',
      type: 'enum',
      values: ['default', 'gaussian', 'orthogonal'],
      valueDocs: {
        default: 'A Kaiming uniform with a = √5, B zero.',
        gaussian: 'A normal with standard deviation 1 / rank, B zero.',
        orthogonal: 'A and B from one random orthogonal matrix, so that B·A is zero; needs an even rank.',
      },
      default: 'default',
      doc: 'How A and B start. The product B·A is zero in each case.',
    },
    {
      name: 'bias',
      type: 'enum',
      values: ['none', 'all', 'lora_only'],
      valueDocs: {
        none: 'None: the base stays as it is.',
        all: 'Every bias of the model, those of its norms included.',
        lora_only: 'The biases of the adapted matrices.',
      },
      default: 'none',
      doc: "Biases of the base that are trained beside the adapter and saved with it, as in PEFT. They belong to the adapter's parameters.",
    },
  ],
  recipes: [
    {
      from: "the paper's GPT-2 runs",
      task: 'causal-lm',
      entry: { rank: 4, alpha: 32, dropout: 0.1, target_modules: ['q_proj', 'v_proj'] },
      training: {
        num_epochs: 5,
        batch_size: 8,
        optimizer: { learning_rate: 2e-4, weight_decay: 0.01 },
        scheduler: { name: 'linear', warmup_steps: 500 },
      },
    },
    {
      from: "the paper's RoBERTa-base on GLUE",
      task: 'sequence-classification',
      entry: { rank: 8, alpha: 8, target_modules: ['query', 'value'] },
      training: {
        num_epochs: 30,
        batch_size: 16,
        optimizer: { learning_rate: 4e-4 },
        scheduler: { name: 'linear', warmup_ratio: 0.06 },
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
  fileShapes: ({ m, n }, { rank }) => ({ 'lora_A.weight': [rank, n], 'lora_B.weight': [m, rank] }),
  product: productOf,
  fromPeft(config) {
    // DoRA, PiSSA and others share the type and say what they are in further fields: those are other methods.
    if (config.peft_type !== 'LORA' || config.use_dora === true) return undefined;
    const init = config.init_lora_weights ?? true;
    if (init !== true && init !== false && init !== 'gaussian' && init !== 'orthogonal') return undefined;
    return {
      rank: config.r as number,
      alpha: config.lora_alpha as number,
      options: {
        dropout: (config.lora_dropout as number | undefined) ?? 0,
        use_rslora: config.use_rslora === true,
        init: typeof init === 'string' ? init : 'default',
        bias: config.bias === 'all' || config.bias === 'lora_only' ? config.bias : 'none',
      },
    };
  },
  plainRank: (_module, { rank }) => rank,
  toPeft: (settings, patterns) => ({ config: 'LoraConfig', arguments: loraArguments(settings, patterns) }),
  updateRank: ({ m, n }, { rank }) => Math.min(m, n, rank),
  learningRate: 1e-3,
  check(module, settings) {
    const { rank, options } = settings;
    const faults = rankFaults(module, settings);
    if (faults.length === 0 && options.init === 'orthogonal' && rank % 2 === 1)
      return [{ code: 'rank-odd', message: `The orthogonal init needs an even rank; ${rank} is odd.`, field: 'rank' }];
    return faults;
  },
};

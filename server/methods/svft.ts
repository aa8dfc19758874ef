import { count } from '../base/units.ts';
import { spectralBytes, spectralSize } from './spectral.ts';
import type { MatrixSettings, Method } from './types.ts';

type Shape = { m: number; n: number };

export interface SvftOptions {
  pattern: 'plain' | 'banded' | 'random' | 'top-k';
  off_diagonals: number;
  num_coefficients?: number;
  /** Entries of matrices that have another number of them, by module: of composed adapters. */
  coefficients_pattern?: Record<string, number>;
  gate: boolean;
  init: 'zero' | 'reference';
}

export const svftOptions = ({ options }: MatrixSettings) => options as unknown as SvftOptions;

const band = (k: number, d: number): number => k * (2 * d + 1) - d * (d + 1);
const anywhere = ({ pattern }: SvftOptions): boolean => pattern === 'random' || pattern === 'top-k';

/** Entries of M. */
export function svftCoefficients(module: Shape & { name?: string }, settings: MatrixSettings): number {
  const options = svftOptions(settings);
  const own = options.coefficients_pattern?.[module.name ?? ''];
  if (own !== undefined) return own;
  const k = spectralSize(module, settings);
  if (options.pattern === 'plain') return k;
  return (anywhere(options) && options.num_coefficients) || band(k, options.off_diagonals);
}

const math = (learning_rate: number) => ({
  num_epochs: 2,
  batch_size: 8,
  gradient_accumulation_steps: 8,
  optimizer: { learning_rate },
  scheduler: { name: 'cosine' as const, warmup_ratio: 0.1 },
});

/** Lingam et al., "SVFT: Parameter-Efficient Fine-Tuning with Singular Vectors". */
export const svft: Method = {
  id: 'svft',
  title: 'SVFT',
  summary: 'Learns a sparse matrix between the singular vectors of W; the pattern says how many parameters.',
  doc: `**SVFT** takes W = U·diag(S)·Vᵀ (m×n, k = min(m, n)) apart and learns M, a k×k matrix that is zero outside a fixed pattern:

\`W' = U·(diag(S) + M)·Vᵀ\`

M starts at 0: the base model. Trainable per matrix: \`plain\` k, \`banded\` k·(2d + 1) − d·(d + 1) with d = \`off_diagonals\`, \`random\` and \`top-k\`
\`num_coefficients\` or as many as the band has; one more with \`gate\`. The rank of the change is up to min(entries, k).

The paper: all linear layers, AdamW. Math: plain 5e-2, other patterns 1e-3, cosine, warm-up 0.1, batch 64, length 512, 2 epochs. Commonsense: plain 5e-2,
others 5e-3 (Gemma-2B) or 1e-3 (Gemma-7B), linear, 100 warm-up steps, 3 epochs. GLUE: plain 5e-2 to 8e-2, others 1e-2 to 3e-2, the head 6e-3. More
weight matrices gain more than more off-diagonals.

It needs the decomposition of every adapted matrix, once for a model. The adapter holds M; U, S and V, (m + n + 1)·k numbers a matrix in float32, are kept
by their SHA-256, one copy for all adapters of the base. They are of W as \`model.dtype\` holds it; the product with W is computed from them, in float32.`,
  paper: {
    title: 'SVFT: Parameter-Efficient Fine-Tuning with Singular Vectors',
    url: 'https://arxiv.org/abs/2405.19597',
  },
  fields: [
    {
      name: 'pattern',
      type: 'enum',
      values: ['plain', 'banded', 'random', 'top-k'],
      valueDocs: {
        plain: 'The diagonal: changes the singular values alone.',
        banded: 'The diagonal and `off_diagonals` on either side.',
        random: 'Distinct places drawn from `training.seed`, kept in the adapter.',
        'top-k':
          'Where left and right singular vectors are most alike, |uᵢ·vⱼ|. Where m ≠ n their first min(m, n) components are compared. Kept in the adapter.',
      },
      default: 'plain',
      doc: 'Where M has entries.',
    },
    {
      name: 'off_diagonals',
      type: 'integer',
      words: ['auto'],
      minimum: 0,
      default: 2,
      doc: 'Diagonals d on either side of the main one, of `banded`. Of `random` and `top-k`: as many entries as that band has, unless `num_coefficients` says how many. The paper uses 2 to 16. `auto` takes as many as fit the `budget`.',
    },
    {
      name: 'num_coefficients',
      type: 'integer',
      words: ['auto'],
      minimum: 1,
      defaultText: 'as many as the band has',
      doc: 'Entries of M in each matrix, of `random` and `top-k`. `auto` takes as many as fit the `budget`.',
    },
    {
      name: 'rank',
      type: 'integer',
      minimum: 1,
      defaultText: '= min(m, n)',
      doc: "Takes the leading triplets alone: U, V and M get smaller, k = rank where min(m, n) is larger. The rest of W stays as it is and frozen, so that training starts at the base model; the authors' code drops it.",
    },
    {
      name: 'gate',
      type: 'boolean',
      default: false,
      doc: "One more scalar g a matrix, from 0: M·sigmoid(g) takes the place of M, as in the authors' code.",
    },
    {
      name: 'init',
      type: 'enum',
      values: ['zero', 'reference'],
      valueDocs: {
        zero: 'M = 0: training starts at the base model.',
        reference:
          "M normal with variance 2 / entries, as in the authors' code: training does not start at the base model.",
      },
      default: 'zero',
      doc: 'What M starts from.',
    },
  ],
  recipes: [
    {
      from: "the paper's mathematics, plain",
      task: 'causal-lm',
      entry: { pattern: 'plain', target_modules: 'all-linear' },
      training: math(5e-2),
      max_length: 512,
    },
    {
      from: "the paper's mathematics, banded",
      task: 'causal-lm',
      entry: { pattern: 'banded', off_diagonals: 16, target_modules: 'all-linear' },
      training: math(1e-3),
      max_length: 512,
    },
    {
      from: "the paper's DeBERTa-base on GLUE, plain",
      task: 'sequence-classification',
      entry: { pattern: 'plain', target_modules: 'all-linear' },
      training: {
        batch_size: 32,
        optimizer: { learning_rate: 5e-2, head_learning_rate: 6e-3 },
        scheduler: { name: 'linear', warmup_ratio: 0.1 },
      },
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  trainable: (module, settings) => svftCoefficients(module, settings) + (svftOptions(settings).gate ? 1 : 0),
  formula: 'k, or k·(2d + 1) − d·(d + 1), k = min(m, n) or r',
  filledIn(module, settings) {
    const options = svftOptions(settings);
    const [k, d] = [spectralSize(module, settings), options.off_diagonals];
    const gate = options.gate ? ' + 1' : '';
    const total = count(svftCoefficients(module, settings) + (options.gate ? 1 : 0));
    if (options.pattern === 'plain') return `${k}${gate} = ${total}`;
    if (anywhere(options) && options.num_coefficients) return `${options.num_coefficients}${gate} = ${total}`;
    return `${k}·(2·${d} + 1) − ${d}·(${d} + 1)${gate} = ${total}`;
  },
  sharedBytes: spectralBytes,
  // Row and column of each entry.
  heldFactors: (module, settings) => (anywhere(svftOptions(settings)) ? 2 * svftCoefficients(module, settings) : 0),
  plainRank: spectralSize,
  updateRank: (module, settings) => Math.min(spectralSize(module, settings), svftCoefficients(module, settings)),
  forms: [
    { label: 'plain', options: { pattern: 'plain' } },
    { label: 'banded, d = 2', options: { pattern: 'banded', off_diagonals: 2 } },
    { label: 'banded, d = 8', options: { pattern: 'banded', off_diagonals: 8 } },
  ],
  sizeField: ({ pattern }) =>
    ({ plain: undefined, banded: 'off_diagonals', random: 'num_coefficients', 'top-k': 'num_coefficients' })[
      pattern as SvftOptions['pattern']
    ],
  takes: ({ rank }) => (rank > 0 ? 'top' : undefined),
  fromPeft(config) {
    if (config.peft_type !== 'SVFT') return undefined;
    const { pattern, off_diagonals: d, num_coefficients: entries, coefficients_pattern: own } = config;
    return {
      rank: typeof config.r === 'number' ? config.r : 0,
      alpha: 1,
      options: {
        pattern: ['banded', 'random', 'top-k'].includes(pattern as string) ? pattern : 'plain',
        off_diagonals: typeof d === 'number' ? d : 2,
        ...(typeof entries === 'number' && { num_coefficients: entries }),
        ...(typeof own === 'object' && own !== null && { coefficients_pattern: own }),
        gate: config.gate === true,
        init: config.init === 'reference' ? 'reference' : 'zero',
      },
    };
  },
  summed(all) {
    const [first] = all;
    if (!first || all.some(({ rank }) => rank !== first.rank)) return undefined;
    const options = all.map(svftOptions);
    const bands = options.map(({ pattern, off_diagonals }) => (pattern === 'plain' ? 0 : off_diagonals));
    const { num_coefficients, coefficients_pattern: _, pattern, ...rest } = options[0]!;
    const same = options.every((other) => other.pattern === pattern);
    const places = options.some(anywhere) ? (same ? pattern : 'random') : same ? pattern : 'banded';
    const entries = options.some(anywhere) && num_coefficients !== undefined ? { num_coefficients } : {};
    const summed = { ...rest, ...entries, pattern: places, off_diagonals: Math.max(...bands), gate: false };
    return { settings: { ...first, options: summed } };
  },
  learningRate: 5e-2,
  learningRateOf: ({ pattern }) => (pattern === 'plain' ? 5e-2 : 1e-3),
  check({ name, m, n }, settings) {
    const options = svftOptions(settings);
    const k = spectralSize({ m, n }, settings);
    const { pattern, off_diagonals: d, num_coefficients: entries } = options;
    const of = `${name} (${m}×${n})`;
    if (entries !== undefined && !anywhere(options))
      return [
        {
          code: 'coefficients-not-used',
          message: `\`num_coefficients\` is for \`random\` and \`top-k\`; \`${pattern}\` has ${pattern === 'plain' ? 'k' : 'as many as its band'}. Remove it, or change \`pattern\`.`,
          field: 'num_coefficients',
        },
      ];
    if (entries !== undefined && entries > k * k)
      return [
        {
          code: 'coefficients-too-many',
          message: `M of ${of} is ${k}×${k}: \`num_coefficients\` may be at most ${count(k * k)}.`,
          field: 'num_coefficients',
          largest: k * k,
        },
      ];
    if (pattern !== 'plain' && entries === undefined && d >= k)
      return [
        {
          code: 'off-diagonals-too-large',
          message: `M of ${of} is ${k}×${k} and has ${k - 1} diagonals on either side: choose \`off_diagonals\` ${k - 1} or less.`,
          field: 'off_diagonals',
          largest: k - 1,
        },
      ];
    return [];
  },
  remarks({ name, m, n }, settings) {
    if (svftOptions(settings).pattern !== 'top-k' || m === n) return [];
    return [
      {
        code: 'top-k-rectangular',
        message: `${name} is ${m}×${n}: \`top-k\` compares the first ${Math.min(m, n)} components of its singular vectors.`,
        field: 'pattern',
      },
    ];
  },
};

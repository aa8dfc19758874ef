import { count } from '../base/units.ts';
import { conv1dFaults, divisors, notDivisor } from './orthogonal.ts';
import type { MatrixSettings, Method } from './types.ts';

/** b where neither `block_size` nor `rank` is given: PEFT's. */
const usualBlock = 32;

/** Size b of a block for n inputs, rounded down where the number of blocks does not fit n (`check` refuses that). */
export const oftBlock = ({ n }: { n: number }, { rank, options }: MatrixSettings): number =>
  rank > 0 ? Math.floor(n / rank) : ((options.block_size as number | undefined) ?? usualBlock);

/** How many blocks are trained: 1 with `block_share`. */
export const oftBlocks = (module: { n: number }, settings: MatrixSettings): number =>
  settings.options.block_share === true ? 1 : Math.floor(module.n / oftBlock(module, settings));

/** Qiu et al., "Controlling Text-to-Image Diffusion by Orthogonal Finetuning"; on the input's side and by series as in OFTv2 and PEFT. */
export const oft: Method = {
  id: 'oft',
  title: 'OFT',
  summary: 'Turns the inputs of W by blocks of small rotations, which keeps the angles between its rows.',
  doc: `**OFT** keeps W (m×n) frozen and learns an orthogonal matrix R that turns its inputs, block-diagonal with blocks of b:

\`W' = W·Rᵀ\`, \`R = (I − Q)·(I + Q)⁻¹\` for each block, Q skew-symmetric

Q starts at zero, so training starts at the base model. Norms of W's rows and angles between them stay as they are. Trainable:
b·(b − 1)/2 per block, n/b blocks per matrix; with \`block_share\` one block for all.

With \`use_cayley_neumann\` (default, as in PEFT) R is the series \`I + 2Q + 2Q² + …\`, cut off: cheaper, and orthogonal only while Q is small.
It approaches the *transpose* of the exact form, so an adapter is of one form or of the other.

Hugging Face's comparison of methods trains OFT on Llama-3.2-3B with learning rate 1e-4, cosine. The series is from
[OFTv2](https://arxiv.org/abs/2506.19847). The same rotations in butterfly order: see \`boft\`.`,
  paper: {
    title: 'Controlling Text-to-Image Diffusion by Orthogonal Finetuning',
    url: 'https://arxiv.org/abs/2306.07280',
  },
  fields: [
    {
      name: 'block_size',
      type: 'integer',
      minimum: 2,
      defaultText: '32, unless `rank` is given',
      doc: 'Size b of the blocks of R. b must divide n, the inputs of every adapted matrix; larger blocks train more.',
    },
    {
      name: 'rank',
      type: 'integer',
      minimum: 1,
      defaultText: 'as `block_size` says',
      doc: 'Number of blocks of R, in place of their size: b = n / rank. It is not the rank of the update; more blocks train *fewer* parameters.',
    },
    {
      name: 'block_share',
      type: 'boolean',
      default: false,
      doc: 'One block for all of a matrix: b·(b − 1)/2 parameters whatever n is.',
    },
    {
      name: 'use_cayley_neumann',
      type: 'boolean',
      default: true,
      doc: 'R by a series that is cut off, as PEFT does by default; `false` takes the exact (I − Q)·(I + Q)⁻¹.',
    },
    {
      name: 'num_cayley_neumann_terms',
      type: 'integer',
      minimum: 2,
      default: 5,
      doc: 'Terms of the series, I counted. 3 are the same as 4, as in PEFT. The exact form has none.',
    },
    {
      name: 'coft',
      type: 'boolean',
      default: false,
      doc: 'Constrained OFT: after each step, each block of Q is shortened to a norm of at most eps / √(number of blocks).',
    },
    {
      name: 'eps',
      type: 'number',
      exclusiveMinimum: 0,
      default: 6e-5,
      doc: 'How far `coft` lets R go from I. Without `coft` it does nothing.',
    },
  ],
  recipes: [
    {
      from: "Hugging Face's comparison of methods on Llama-3.2-3B",
      task: 'causal-lm',
      entry: { block_size: 32, target_modules: ['q_proj', 'v_proj'] },
      training: {
        batch_size: 4,
        optimizer: { learning_rate: 1e-4 },
        scheduler: { name: 'cosine' },
      },
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  uniformRank: true,
  rankIsBlocks: true,
  trainable(module, settings) {
    const b = oftBlock(module, settings);
    return (oftBlocks(module, settings) * b * (b - 1)) / 2;
  },
  formula: '(n/b)·b·(b − 1)/2',
  filledIn(module, settings) {
    const b = oftBlock(module, settings);
    const blocks = settings.options.block_share === true ? '1' : `(${module.n}/${b})`;
    return `${blocks}·${b}·${b - 1}/2 = ${count(oft.trainable(module, settings))}`;
  },
  sharedBytes: () => 0,
  fileShapes(module, settings) {
    const b = oftBlock(module, settings);
    return { 'oft_R.weight': [oftBlocks(module, settings), (b * (b - 1)) / 2] };
  },
  toPeft: ({ rank, options }) => ({
    config: 'OFTConfig',
    arguments: {
      r: rank,
      oft_block_size: rank > 0 ? 0 : (options.block_size ?? usualBlock),
      block_share: options.block_share,
      use_cayley_neumann: options.use_cayley_neumann,
      num_cayley_neumann_terms: options.num_cayley_neumann_terms,
      coft: options.coft,
      eps: options.eps,
    },
  }),
  fromPeft(config) {
    const { r, oft_block_size: size, peft_type } = config;
    // Before PEFT 0.14 there was no block size, and the parameters meant something else.
    if (peft_type !== 'OFT' || typeof size !== 'number') return undefined;
    return {
      rank: typeof r === 'number' ? r : 0,
      alpha: 0,
      options: {
        ...(size > 0 && { block_size: size }),
        block_share: config.block_share === true,
        use_cayley_neumann: config.use_cayley_neumann === true,
        num_cayley_neumann_terms: (config.num_cayley_neumann_terms as number | undefined) ?? 5,
        coft: config.coft === true,
        eps: (config.eps as number | undefined) ?? 6e-5,
      },
    };
  },
  // R − I = −2Q·(I + Q)⁻¹, and a skew-symmetric matrix of odd size is singular; the series has the factor Q as well.
  updateRank(module, settings) {
    const b = oftBlock(module, settings);
    return Math.min(module.m, Math.floor(module.n / b) * 2 * Math.floor(b / 2));
  },
  learningRate: 1e-4,
  check(module, settings) {
    const { n } = module;
    const { rank, options } = settings;
    const size = options.block_size as number | undefined;
    const field = rank > 0 ? 'rank' : 'block_size';
    if (rank > 0 && size !== undefined)
      return [
        {
          code: 'block-size-and-rank',
          message: `rank ${rank} is a number of blocks and block_size ${size} their size, of which one follows from the other; remove one of the two.`,
          field,
        },
      ];
    const conv1d = conv1dFaults(module, oft.title, field);
    const b = oftBlock(module, settings);
    if (conv1d.length > 0 || (b >= 2 && n % b === 0 && (rank === 0 || rank * b === n))) return conv1d;
    const said = rank > 0 ? `rank ${rank} (a number of blocks)` : `block_size ${b}`;
    return [notDivisor(module, field, said, rank > 0 ? divisors(n, 1, n / 2) : divisors(n, 2))];
  },
};

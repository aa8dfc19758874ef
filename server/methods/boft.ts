import { count } from '../base/units.ts';
import { conv1dFaults, divisors, notDivisor } from './orthogonal.ts';
import type { MatrixSettings, Method, SettingsFault } from './types.ts';

interface BoftOptions {
  block_size: number;
  butterfly_factors: number;
  /** Of adapters that PEFT made by `boft_block_num`; recipes have no field for it. */
  blocks?: number;
}

const optionsOf = ({ options }: MatrixSettings) => options as unknown as BoftOptions;

/** Size b of a block for n inputs. */
export function boftBlock({ n }: { n: number }, settings: MatrixSettings): number {
  const { blocks, block_size } = optionsOf(settings);
  return blocks === undefined ? block_size : Math.floor(n / blocks);
}

/** [f, n/b, b, b]. */
export function boftShape(module: { n: number }, settings: MatrixSettings): [number, number, number, number] {
  const b = boftBlock(module, settings);
  return [optionsOf(settings).butterfly_factors, Math.floor(module.n / b), b, b];
}

/** Liu et al., "Parameter-Efficient Orthogonal Finetuning via Butterfly Factorization"; counts and defaults as in Hugging Face PEFT. */
export const boft: Method = {
  id: 'boft',
  title: 'BOFT',
  summary:
    'OFT with a product of butterfly factors, which joins far inputs with few parameters, and a scale for each row.',
  doc: `**BOFT** keeps W (m×n) frozen and learns an orthogonal matrix as a product of f sparse ones in butterfly order, and a scale s for each row:

\`W' = diag(s)·W·(B₍f₋₁₎·…·B₀)ᵀ\`

Each factor has n/b blocks of b; each further factor joins blocks twice as far apart, so that every input reaches b·2^(f − 1) others. A block is
\`(I − Q)·(I + Q)⁻¹\` with Q the skew-symmetric part of a trained b×b matrix. These start at zero and s at one, so training starts at the base model.
Trainable: f·n·b + m per matrix, of which about half of the first part has an effect (the count is PEFT's).

The paper's GLUE runs (DeBERTaV3-base, all matrices of the layers) take 2 factors with blocks of 8.

**With more than one factor** the adapter needs PEFT's CUDA extension: without it PEFT takes one factor in silence and cannot load the file.`,
  paper: {
    title: 'Parameter-Efficient Orthogonal Finetuning via Butterfly Factorization',
    url: 'https://arxiv.org/abs/2311.06243',
  },
  fields: [
    {
      name: 'block_size',
      type: 'integer',
      minimum: 2,
      default: 4,
      doc: 'Size b of the blocks. b must divide n, the inputs of every adapted matrix; with f factors b·2^(f − 1) must, and b be even.',
    },
    {
      name: 'butterfly_factors',
      type: 'integer',
      minimum: 1,
      maximum: 20,
      default: 1,
      doc: 'Number f of factors. 1 is OFT with a scale for each row. PEFT needs its CUDA extension for more.',
    },
  ],
  recipes: [
    {
      from: "the paper's DeBERTaV3-base on GLUE",
      task: 'sequence-classification',
      entry: { block_size: 8, butterfly_factors: 2, target_modules: 'all-linear' },
      training: {
        batch_size: 32,
        optimizer: { learning_rate: 1e-4 },
        scheduler: { name: 'linear' },
      },
    },
  ],
  kind: 'matrices',
  result: 'adapter',
  trainable(module, settings) {
    const [f, blocks, b] = boftShape(module, settings);
    return f * blocks * b * b + module.m;
  },
  formula: 'f·n·b + m',
  filledIn(module, settings) {
    const [f, , b] = boftShape(module, settings);
    return `${f}·${module.n}·${b} + ${module.m} = ${count(boft.trainable(module, settings))}`;
  },
  sharedBytes: () => 0,
  fileShapes: (module, settings) => ({ boft_R: boftShape(module, settings), boft_s: [module.m, 1] }),
  toPeft: ({ options }) => ({
    config: 'BOFTConfig',
    arguments: { boft_block_size: options.block_size, boft_n_butterfly_factor: options.butterfly_factors },
    ...(Number(options.butterfly_factors) > 1 && {
      remark: 'Without its CUDA extension PEFT takes one butterfly factor, whatever the configuration says.',
    }),
  }),
  fromPeft(config) {
    const { peft_type, boft_block_size: size, boft_block_num: blocks, boft_n_butterfly_factor: factors } = config;
    if (peft_type !== 'BOFT') return undefined;
    return {
      rank: 0,
      alpha: 0,
      options: {
        ...(typeof size === 'number' && size > 0
          ? { block_size: size }
          : typeof blocks === 'number' && blocks > 0
            ? { blocks }
            : { block_size: 4 }),
        butterfly_factors: typeof factors === 'number' ? factors : 1,
      },
    };
  },
  // The scale alone changes every row.
  updateRank: ({ m, n }) => Math.min(m, n),
  learningRate: 1e-4,
  check(module, settings) {
    const { name, m, n } = module;
    const { butterfly_factors: f } = optionsOf(settings);
    const b = boftBlock(module, settings);
    const conv1d = conv1dFaults(module, boft.title, 'block_size');
    if (conv1d.length > 0) return conv1d;
    const even = (size: number) => f === 1 || size % 2 === 0;
    if (n % b !== 0 || !even(b)) {
      const allowed = divisors(n, 2).filter((size) => even(size) && n % (size * 2 ** (f - 1)) === 0);
      if (n % b !== 0) return [notDivisor(module, 'block_size', `block_size ${b}`, allowed)];
      const message = `block_size ${b} is odd: with ${f} factors the halves of a block are joined with those of others. For ${name} (${m}×${n}): ${allowed.join(', ') || 'none fits'}.`;
      return [{ code: 'block-size-odd', message, field: 'block_size', allowed }];
    }
    return n % (b * 2 ** (f - 1)) === 0 ? [] : [tooManyFactors(module, b, f)];
  },
};

function tooManyFactors({ name, m, n }: { name: string; m: number; n: number }, b: number, f: number): SettingsFault {
  let most = 1;
  while (b % 2 === 0 && n % (b * 2 ** most) === 0) most++;
  return {
    code: 'too-many-factors',
    message: `${f} factors with blocks of ${b} need inputs that ${b}·2^${f - 1} = ${b * 2 ** (f - 1)} divides; ${name} (${m}×${n}) has ${n}, which allows ${most}.`,
    field: 'butterfly_factors',
    allowed: Array.from({ length: most }, (_, i) => i + 1),
  };
}

/** What the methods of the LoRA kind share: fields, counts and the bound of the rank. */
import { count } from '../base/units.ts';
import type { FieldSpec, MatrixSettings, MethodModule, Product } from './types.ts';

export const rankField = (doc: string, usual = 8): FieldSpec => ({
  name: 'rank',
  type: 'integer',
  words: ['auto'],
  minimum: 1,
  default: usual,
  doc: `${doc} r may not exceed min(m, n). \`auto\` takes the largest rank that fits the \`budget\`.`,
});

export const alphaField = (doc = 'The update is scaled by s = alpha / rank.'): FieldSpec => ({
  name: 'alpha',
  type: 'number',
  exclusiveMinimum: 0,
  defaultText: '= rank',
  doc,
});

/** A (r×n) and B (m×r) together. */
export const factorsOf = ({ m, n }: { m: number; n: number }, { rank }: MatrixSettings): number => rank * (m + n);

export const filledInFactors = ({ m, n }: MethodModule, { rank }: MatrixSettings): string =>
  `${rank}·(${m} + ${n}) = ${count(rank * (m + n))}`;

/** s, the factor before B·A: alpha / r or, with rsLoRA, alpha / √r. */
export const scaling = ({ rank, alpha, options }: MatrixSettings): number =>
  alpha / (options.use_rslora === true ? Math.sqrt(rank) : rank);

/** s·B·A as PEFT's files have it. */
export const productOf = (settings: MatrixSettings): Product => ({
  left: 'lora_B.weight',
  right: 'lora_A.weight',
  scale: scaling(settings),
});

/** No rank above min(m, n). */
export function rankFaults({ name, m, n }: { name: string; m: number; n: number }, { rank }: MatrixSettings) {
  const limit = Math.min(m, n);
  if (rank <= limit) return [];
  return [
    {
      code: 'rank-too-large',
      message: `Rank ${rank} is above min(m, n) = ${limit} of ${name} (${m}×${n}); choose ${limit} or less.`,
      field: 'rank',
      largest: limit,
    },
  ];
}

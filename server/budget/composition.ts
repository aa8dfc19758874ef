/** In which form adapters of one base are composed, whether that is exact, and what cannot be composed: from their settings, without tensors. */
import { RankwiseError } from '../base/errors.ts';
import type { MatrixSettings, Method } from '../methods/types.ts';
import type { Combine } from '../protocol/adapters.ts';

export interface AdaptedMatrix {
  name: string;
  m: number;
  n: number;
  settings: MatrixSettings;
}

/** One adapter of a source; a source of several adapts different matrices with each. */
export interface ComposedAdapter {
  /** What it is called in messages. */
  name: string;
  method: Method;
  matrices: readonly AdaptedMatrix[];
  /** Digests of factors that lie outside it, by module. */
  factors: Readonly<Record<string, string>>;
}

export interface CompositionOptions {
  combine?: Combine | undefined;
  /** The largest rank of a matrix. */
  rank?: number | undefined;
  /** The part of the energy of each change that is kept. */
  energy?: number | undefined;
}

/** `inexact`: why the result is not the weighted sum of the changes of W. */
export type Composition =
  | { form: 'own'; method: Method; settings: MatrixSettings; inexact?: string }
  | { form: 'parameters'; method: Method; inexact?: undefined }
  | { form: 'lora'; combine: Combine; inexact?: string };

/**
 * By default what is exact: the methods' own form where they are one and have such, else LoRA factors side by side. Throws `not-composable`,
 * `no-plain-lora`, `ranks-differ`, `bound-not-used`.
 */
export function compositionOf(
  adapters: readonly ComposedAdapter[],
  { combine, rank, energy }: CompositionOptions = {},
): Composition {
  const bounded = rank !== undefined || energy !== undefined;
  if (bounded && combine !== undefined && combine !== 'svd')
    throw new RankwiseError('bound-not-used', `A rank or an energy is for \`svd\`, not for \`${combine}\`.`);
  const parameters = adapters.filter(({ method }) => method.kind === 'parameters');
  if (parameters.length > 0) return ofParameters(adapters, parameters, combine !== undefined || bounded);
  const own = combine === undefined && !bounded ? ownForm(adapters) : undefined;
  if (own) return own;
  const bent = adapters.find(({ method }) => !method.plainRank);
  const chosen = combine ?? (bounded ? 'svd' : 'cat');
  if (bent && (chosen !== 'svd' || !bounded)) throw noPlain(bent);
  if (chosen === 'linear') demandEqualRanks(adapters);
  if (chosen === 'cat') return { form: 'lora', combine: 'cat' };
  const inexact =
    chosen === 'svd'
      ? 'the sum is cut to its largest singular values'
      : 'factors are summed one by one, so that products of different adapters come in';
  return { form: 'lora', combine: chosen, inexact };
}

function ofParameters(
  adapters: readonly ComposedAdapter[],
  parameters: readonly ComposedAdapter[],
  asLora: boolean,
): Composition {
  const [{ method, name }] = parameters as [ComposedAdapter];
  const other = adapters.find((adapter) => adapter.method !== method);
  if (!other && !asLora) return { form: 'parameters', method };
  const instead = other && !asLora ? `${other.method.title} adapts matrices` : 'LoRA adapts matrices';
  throw new RankwiseError(
    'not-composable',
    `${name}: ${method.title} trains parameters of the model itself; ${instead}. The two have no common form.`,
    { hint: 'Merge one into the model with `rankwise merge`, and train the other on that.' },
  );
}

function ownForm(adapters: readonly ComposedAdapter[]): Composition | undefined {
  const [{ method }] = adapters as [ComposedAdapter];
  if (adapters.some((other) => other.method !== method) || !sameFactors(adapters)) return undefined;
  const summed = method.summed?.(adapters.flatMap(({ matrices }) => matrices.map(({ settings }) => settings)));
  return summed && { form: 'own', method, ...summed };
}

/** The same base may have been decomposed by two kernels: close singular vectors then differ. */
function sameFactors(adapters: readonly ComposedAdapter[]): boolean {
  const known = new Map<string, string>();
  for (const { factors } of adapters)
    for (const [module, digest] of Object.entries(factors)) {
      if ((known.get(module) ?? digest) !== digest) return false;
      known.set(module, digest);
    }
  return true;
}

function noPlain({ name, method }: ComposedAdapter): RankwiseError {
  return new RankwiseError(
    'no-plain-lora',
    `${name}: ${method.title} changes matrices in a way that LoRA can only come near to.`,
    { hint: 'Compose with `--combine svd` and `--rank` or `--energy`, or merge it into the model: `rankwise merge`.' },
  );
}

/** Ranks of the plain LoRAs at each matrix. Throws `ranks-differ`. */
function demandEqualRanks(adapters: readonly ComposedAdapter[]): void {
  for (const [module, ranks] of ranksByModule(adapters)) {
    if (new Set(ranks).size === 1) continue;
    throw new RankwiseError(
      'ranks-differ',
      `\`linear\` sums factors of one rank; ${module} has the ranks ${ranks.join(' and ')}.`,
      { field: module, hint: 'Compose with `--combine cat`, which is exact, or `--combine svd`.' },
    );
  }
}

/** For each adapted matrix the ranks of the plain LoRAs of its adapters; nothing for adapters that have none. */
export function ranksByModule(adapters: readonly ComposedAdapter[]): Map<string, number[]> {
  const ranks = new Map<string, number[]>();
  for (const { method, matrices } of adapters)
    for (const matrix of matrices) {
      const rank = method.plainRank?.(matrix, matrix.settings);
      if (rank !== undefined) ranks.set(matrix.name, [...(ranks.get(matrix.name) ?? []), rank]);
    }
  return ranks;
}

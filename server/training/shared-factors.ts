/** Frozen factors that lie outside adapters (svf, svft): found by the digest that a saved adapter names, or decomposed and compared with it. */
import type { Decomposition } from '../adapters/types.ts';
import { RankwiseError } from '../base/errors.ts';
import type { HostTensor } from '../base/tensor.ts';
import {
  type FactorsReference,
  type FactorTensors,
  factorsDigest,
  factorsMissing,
  keepFactors,
  readFactors,
} from '../checkpoint/factor-files.ts';
import type { Svd } from '../engine/linalg/types.ts';
import type { Site } from './assemble-types.ts';

/** The decomposition of a matrix from the files of factors; undefined where there is none. Throws `factors-damaged`, `bad-adapter`. */
export async function keptSvd(
  { name, m, n }: { name: string; m: number; n: number },
  wanted: Decomposition,
  reference: FactorsReference,
  home: string | undefined,
): Promise<Svd | undefined> {
  const found = await readFactors(reference, home);
  if (!found) return undefined;
  const { U, S, Vt } = found;
  const k = wanted.kind === 'full' ? Math.min(m, n) : wanted.rank;
  if (`${U.shape} ${S.shape} ${Vt.shape}` !== `${[m, k]} ${[k]} ${[k, n]}`)
    throw new RankwiseError(
      'bad-adapter',
      `${reference.dir}: its factors of ${name} are not of this matrix (${m}×${n}).`,
      {
        file: reference.dir,
        field: name,
        hint: 'Use the adapter with the model that it was trained for, and adapter_config.json as it was saved.',
      },
    );
  // Measured when it was made; nobody asks again.
  return { u: matrix(U), s: S.data, vt: matrix(Vt), residual: 0, orthogonality: 0 };
}

/** A decomposition made here must be, bit for bit, the one that the adapter was trained with; it is kept then. Throws `factors-missing`. */
export function demandSame(svd: Svd, name: string, reference: FactorsReference, home: string): void {
  const { u, s, vt } = svd;
  const factors = { U: tensor(u), S: { shape: [s.length], data: s }, Vt: tensor(vt) };
  if (factorsDigest(factors) !== reference.digest) throw factorsMissing(name, reference, home);
  keepFactors(home, factors);
}

/** Digests by module of what these sites share, each written into the home where it is not there yet. */
export function keepSites(sites: readonly Site[], home: string | undefined): Record<string, string> {
  const sharing = sites.filter(({ half }) => half.factorsOutside);
  if (sharing.length > 0 && home === undefined)
    throw new Error('An adapter shares factors, and there is no home for them');
  return Object.fromEntries(sharing.map(({ name, state: { frozen } }) => [name, keepFactors(home!, parts(frozen))]));
}

const parts = ({ U, S, Vt }: Record<string, HostTensor>): FactorTensors => ({ U: U!, S: S!, Vt: Vt! });
const matrix = ({ shape, data }: HostTensor) => ({ rows: shape[0]!, columns: shape[1]!, data });
const tensor = ({ rows, columns, data }: Svd['u']): HostTensor => ({ shape: [rows, columns], data });

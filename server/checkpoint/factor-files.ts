/**
 * Files of frozen factors, U, S and V of one matrix each, named by the SHA-256 of their content: `shared-factors/<sha256>.safetensors` in the home,
 * used by all adapters of a base that name it, or in `factors/` of an adapter's folder, which has come from elsewhere. Nothing removes them.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RankwiseError } from '../base/errors.ts';
import { makeFolder } from '../base/files.ts';
import { isRecord } from '../base/record.ts';
import type { HostTensor } from '../base/tensor.ts';
import { readAdapterConfig } from './peft.ts';
import { openSafetensors } from './safetensors/read.ts';
import { safetensorsDigest, writeSafetensors } from './safetensors/write.ts';

/** W ≈ U·diag(S)·Vᵀ: U [m, k], S [k], Vt [k, n]. */
export interface FactorTensors {
  U: HostTensor;
  S: HostTensor;
  Vt: HostTensor;
}

/** Where a saved adapter's factors are: their digest, and the folder of the adapter that names it. */
export interface FactorsReference {
  digest: string;
  dir: string;
}

/** Files of an adapter's own, in its folder. */
export const ownFactors = 'factors';
const shared = (home: string): string => path.join(home, 'shared-factors');
const fileIn = (folder: string, digest: string): string => path.join(folder, `${digest}.safetensors`);

/** Digests by U's data. */
const known = new WeakMap<Float32Array, string>();

/** SHA-256 of the file of these factors. Tensors are hashed once, however often a run is saved; they must not change. */
export function factorsDigest(factors: FactorTensors): string {
  const digest = known.get(factors.U.data) ?? safetensorsDigest(sources(factors));
  known.set(factors.U.data, digest);
  return digest;
}

/** Writes them into the home where they are not there yet. Returns their digest. */
export function keepFactors(home: string, factors: FactorTensors): string {
  const digest = factorsDigest(factors);
  const folder = shared(home);
  if (!existsSync(fileIn(folder, digest))) {
    makeFolder(folder, 0o700);
    writeSafetensors(fileIn(folder, digest), sources(factors));
  }
  return digest;
}

/** From the adapter's folder, else from the home; undefined where neither has them. Throws `factors-damaged` for a file with another content. */
export async function readFactors(
  { digest, dir }: FactorsReference,
  home: string | undefined,
): Promise<FactorTensors | undefined> {
  const folders = [path.join(dir, ownFactors), ...(home === undefined ? [] : [shared(home)])];
  const file = folders.map((folder) => fileIn(folder, digest)).find((name) => existsSync(name));
  if (file === undefined) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  if (hash.digest('hex') !== digest)
    throw new RankwiseError('factors-damaged', `${file}: its content is not what its name says.`, {
      file,
      hint: 'Delete it: it is computed again, or copy it anew from where the adapter was trained.',
    });
  const source = openSafetensors(file);
  try {
    const factors = { U: source.read('U'), S: source.read('S'), Vt: source.read('Vt') };
    known.set(factors.U.data, digest);
    return factors;
  } finally {
    source.close();
  }
}

/**
 * Puts the files of factors that an adapter folder names beside it, into `target`'s `factors/`, so that it can be used elsewhere. Throws
 * `factors-not-here` for one that is neither in the adapter's folder nor in the home.
 */
export function gatherFactors(dir: string, target: string, home: string): void {
  const { factors } = readAdapterConfig(dir);
  if (!isRecord(factors)) return;
  for (const [module, digest] of Object.entries(factors)) {
    if (typeof digest !== 'string' || !isDigest(digest)) continue;
    const to = fileIn(path.join(target, ownFactors), digest);
    if (existsSync(to)) continue;
    const from = [path.join(dir, ownFactors), shared(home)]
      .map((folder) => fileIn(folder, digest))
      .find((f) => existsSync(f));
    if (from === undefined)
      throw new RankwiseError('factors-not-here', `${fileIn(shared(home), digest)}, of ${module}, is gone.`, {
        kind: 'runtime',
        file: dir,
        field: module,
        hint: 'Evaluate or resume the run once: its factors are computed again, and kept where they are the same.',
      });
    makeFolder(path.dirname(to));
    copyFileSync(from, to);
  }
}

/** Digests of the factors that the adapter in `dir` names, by module; none for one that holds all it needs. */
export function factorDigests(dir: string): Record<string, string> {
  const { factors } = readAdapterConfig(dir);
  return isRecord(factors) ? (factors as Record<string, string>) : {};
}

export const isDigest = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/** What is missing where factors are nowhere, and W's decomposition here has other bits. */
export function factorsMissing(module: string, { digest, dir }: FactorsReference, home: string): RankwiseError {
  const file = `${digest}.safetensors`;
  return new RankwiseError(
    'factors-missing',
    `${dir}: the singular vectors of ${module} (${file}) are not on this machine, and its weights decompose to others here.`,
    {
      kind: 'runtime',
      file: dir,
      field: module,
      hint:
        `Where the adapter was trained, write it with its factors, \`rankwise export RUN --format peft\`, and copy that folder; or copy ${file} ` +
        `into ${shared(home)}. The base must be the model that it was trained on, held in the same \`model.dtype\`.`,
    },
  );
}

const sources = (factors: FactorTensors) =>
  Object.entries(factors as unknown as Record<string, HostTensor>).map(([name, { shape, data }]) => ({
    name,
    shape,
    data: () => data,
  }));

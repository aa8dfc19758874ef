/**
 * Which weights an adapter was trained on: their SHA-256, recorded when it is saved and compared when it is put on a base. Of a base it is computed
 * once: digests are kept by the state of its files.
 */
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RankwiseError } from '../base/errors.ts';
import { type FileRange, openUnchanged } from '../base/file-range.ts';
import { makeFolder, writeFileAtomic } from '../base/files.ts';
import { isRecord } from '../base/record.ts';
import type { Checkpoint } from './model-folder.ts';
import { readAdapterConfig } from './peft.ts';

/** A tensor of a checkpoint, by its name there. */
export interface StoredWeight {
  name: string;
  dtype: string;
  shape: readonly number[];
  range: FileRange;
}

/** `base_weights` in rankwise.json. */
export interface BaseWeights {
  /** Of all weights of the base. */
  sha256: string;
  /** The first 16 digits of the SHA-256 of each adapted matrix, by module. */
  matrices: Record<string, string>;
}

/** Digests of a checkpoint: of the whole, and of each tensor by its name there. */
export interface WeightDigests {
  sha256: string;
  tensors: Record<string, string>;
}

const short = (digest: string): string => digest.slice(0, 16);

/**
 * The digest of the whole is that of the lines "name dtype shape digest" of its tensors in the order of their names: how a model is cut into files is no
 * part of it. `home`: where digests are kept; absent: nowhere. Throws `weights-changed` where a file is no longer the one that was opened.
 */
export async function digestsOf(weights: readonly StoredWeight[], home?: string): Promise<WeightDigests> {
  const file = home && keptFile(weights, home);
  const kept = file && readKept(file);
  if (kept) return kept;
  const tensors: Record<string, string> = {};
  const whole = createHash('sha256');
  for (const { name, dtype, shape, range } of [...weights].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    tensors[name] = await rangeDigest(range);
    whole.update(`${name} ${dtype} ${shape.join('x')} ${tensors[name]}\n`);
  }
  const digests = { sha256: whole.digest('hex'), tensors };
  if (file) keep(file, digests);
  return digests;
}

/** Those that are kept of an earlier time, which cost nothing; undefined where none are. */
export const keptDigests = (weights: readonly StoredWeight[], home: string): WeightDigests | undefined =>
  readKept(keptFile(weights, home));

/** A home that is not ours to write, or a full disk: the same digests are made again the next time. */
function keep(file: string, digests: WeightDigests): void {
  try {
    makeFolder(path.dirname(file), 0o700);
    writeFileAtomic(file, JSON.stringify(digests), 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** What a file's content was when these were made is what it is while path, size, time and inode stay. */
function keptFile(weights: readonly StoredWeight[], home: string): string {
  const state = JSON.stringify(weights.map(({ name, range }) => [name, range]));
  return path.join(home, 'weight-digests', `${createHash('sha256').update(state).digest('hex')}.json`);
}

/** Undefined for a file that is not there or is damaged: it is made again. */
function readKept(file: string): WeightDigests | undefined {
  try {
    const { sha256, tensors } = JSON.parse(readFileSync(file, 'utf8')) as WeightDigests;
    return typeof sha256 === 'string' && isRecord(tensors) ? { sha256, tensors } : undefined;
  } catch {
    return undefined;
  }
}

async function rangeDigest(range: FileRange): Promise<string> {
  const hash = createHash('sha256');
  const fd = openUnchanged(range);
  try {
    const { offset, length } = range;
    const part = { start: offset, end: offset + length - 1, highWaterMark: 2 ** 20 };
    if (length > 0) await pipeline(createReadStream('', { fd, autoClose: false, ...part }), hash);
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

/** What an adapter of these modules records. `storedName`: the checkpoint's name of a parameter. */
export function baseWeights(
  { sha256, tensors }: WeightDigests,
  modules: readonly string[],
  storedName: (parameter: string) => string | undefined,
): BaseWeights {
  const matrices = modules.flatMap((module) => {
    const digest = tensors[storedName(`${module}.weight`) ?? ''];
    return digest === undefined ? [] : [[module, short(digest)] as const];
  });
  return { sha256, matrices: Object.fromEntries(matrices) };
}

/** What the adapter in `dir` records; undefined for one that says nothing of its base. Throws what reading its configuration throws. */
export function recordedBase(dir: string): BaseWeights | undefined {
  const { base_weights: base } = readAdapterConfig(dir);
  if (!isRecord(base) || typeof base.sha256 !== 'string') return undefined;
  const matrices = isRecord(base.matrices) ? base.matrices : {};
  return { sha256: base.sha256, matrices: matrices as Record<string, string> };
}

/**
 * Each of the adapters must have been trained on these weights, if it says on which. Nothing is hashed where none does. Throws `wrong-base` with both
 * digests and what differs.
 */
export async function demandBase(dirs: readonly string[], checkpoint: Checkpoint, home?: string): Promise<void> {
  let digests: WeightDigests | undefined;
  for (const dir of dirs) {
    const recorded = recordedBase(dir);
    if (!recorded) continue;
    digests ??= await digestsOf(checkpoint.weights(), home);
    if (recorded.sha256 !== digests.sha256) throw wrongBase(dir, recorded, checkpoint, digests);
  }
}

function wrongBase(dir: string, recorded: BaseWeights, checkpoint: Checkpoint, here: WeightDigests): RankwiseError {
  const all = Object.keys(recorded.matrices);
  const present = baseWeights(here, all, (name) => checkpoint.info(name)?.storedName).matrices;
  const differing = all.filter((module) => present[module] !== recorded.matrices[module]);
  const shown = differing.slice(0, 3).join(', ') + (differing.length > 3 ? ', …' : '');
  const what =
    differing.length > 0
      ? `${differing.length} of the ${all.length} matrices that it adapts differ: ${shown}.`
      : 'The matrices that it adapts are the same; other weights differ.';
  return new RankwiseError(
    'wrong-base',
    `${dir} was trained on other weights: SHA-256 ${recorded.sha256}; those of ${checkpoint.dir} are ${here.sha256}. ${what}`,
    {
      file: dir,
      field: 'base_weights',
      hint: 'Use the model that it was trained on. If this one is meant all the same, remove `base_weights` from rankwise.json in the adapter.',
    },
  );
}

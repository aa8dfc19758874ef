/** Decompositions that are computed once and kept on disk (docs/SPECTRA.md). */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { RankwiseError } from '../base/errors.ts';
import type { CallOptions, Linalg, LinalgOptions } from '../engine/linalg/types.ts';
import { bytesOf, digest } from './digest.ts';
import { type FactorsEngine, engine as realEngine } from './engine.ts';
import { Once } from './once.ts';
import { fullSvd, type Operation, truncatedSvd, values } from './operations.ts';
import { FactorStore } from './store.ts';
import type { Factors, Found, StoredMatrix } from './types.ts';

export interface FactorsOptions {
  /** The cache is `<home>/factors`; absent: nothing is read or kept. */
  home?: string;
  /** Of all entries together, default 4 GiB; never more than a tenth of what the disk would have free without them. */
  limitBytes?: number;
  linalg?: LinalgOptions;
  /** Tests put another in its place. */
  engine?: FactorsEngine;
  /** What the cache cannot do: `factors-not-kept`, `factors-too-large` (for the limit or the disk), `factors-damaged`, `factors-unreadable`. Each code
   * is told once. */
  onWarning?: (warning: RankwiseError) => void;
}

const defaultLimit = 4 * 2 ** 30;

/** A matrix must not be changed before its answer is there; answers to equal calls at the same time share their arrays. */
export function openFactors(options: FactorsOptions = {}): Factors {
  const { home, limitBytes = defaultLimit, linalg: settings = {}, engine = realEngine } = options;
  const told = new Set<string>();
  const warn = (warning: RankwiseError) => {
    if (!told.has(warning.code)) options.onWarning?.(warning);
    told.add(warning.code);
  };
  const store = home === undefined ? undefined : new FactorStore(path.join(home, 'factors'), limitBytes, warn);
  const once = new Once();
  let version: Promise<string> | undefined;
  let starting: Promise<Linalg> | undefined;
  let started: Linalg | undefined;

  async function compute<T>(operation: Operation<T>): Promise<T> {
    starting ??= engine.start(settings);
    started = await starting;
    return operation.compute(started);
  }

  async function lookUp<T>(store: FactorStore, key: string, operation: Operation<T>) {
    const entry = await store.read(key, operation.shapes);
    if (entry) return { value: operation.unpack(entry), cached: true };
    const value = await compute(operation);
    await store.write(key, operation.pack(value));
    return { value, cached: false };
  }

  async function find<T>(w: StoredMatrix, operation: Operation<T>, { signal }: CallOptions): Promise<T & Found> {
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    if (!store) return { ...(await compute(operation)), cached: false, seconds: seconds() };
    version ??= Promise.resolve(engine.version(settings));
    const key = await keyOf(w, operation, await version);
    const { result, shared } = await once.do(key, signal, () => lookUp(store, key, operation));
    return { ...result.value, cached: shared || result.cached, seconds: seconds() };
  }

  return {
    home,
    get kernel() {
      return started?.kernel;
    },
    singularValues: (w, call = {}) => find(w, values(w, call), call),
    svd: (w, call = {}) => find(w, fullSvd(w, call), call),
    truncatedSvd: (w, rank, call = {}) => find(w, truncatedSvd(w, rank, call), call),
    async close() {
      // One that could not start has told so to whoever asked.
      await (await starting?.catch(() => undefined))?.close();
    },
  };
}

/** SHA-256 of all that decides a result. Threads are left out: they change its last bits at most. */
async function keyOf(w: StoredMatrix, operation: Operation<unknown>, version: string): Promise<string> {
  const { dtype, bytes } = w.stored ?? { dtype: 'F32', bytes: bytesOf(w.data) };
  const { name, parameters } = operation;
  const facts = [await digest(bytes), dtype, w.rows, w.columns, name, parameters, version];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

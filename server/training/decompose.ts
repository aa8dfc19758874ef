/** Decompositions of the matrices that methods start from, ahead of the assembling: some at once, told of as they come. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Decomposition } from '../adapters/types.ts';
import { RankwiseError } from '../base/errors.ts';
import { demandGoing, inLanes } from '../base/lanes.ts';
import type { HostTensor } from '../base/tensor.ts';
import type { CallOptions, Svd, TruncatedSvd } from '../engine/linalg/types.ts';
import { defaultThreads } from '../engine/threads.ts';
import type { Factors, Found, StoredMatrix } from '../factors/types.ts';
import type { Dtype } from '../recipe/types.ts';

/** How far the decompositions are: matrices, and seconds by the pace of those that were computed. */
export interface Preparing {
  done: number;
  total: number;
  remainingSeconds?: number;
}

/** What was decomposed, and how well it holds (DESIGN §5): the worst of all matrices. */
export interface Decomposed {
  matrices: number;
  /** Of them from the cache. */
  cached: number;
  /** Of truncated ones, that of the approximation. */
  residual: number;
  orthogonality: number;
  /** Where they were truncated: the largest settings. */
  truncation?: { rank: number; oversampling: number; iterations: number };
  /** What the weights were rounded to before, where any were. */
  held?: Dtype;
}

export interface Preparation {
  /** Where decompositions come from; only needed where a method asks for one. The caller closes it. */
  factors?: Factors;
  /** Where digests of the base's weights are kept; absent: where `factors` are, if anywhere. */
  digestsHome?: string;
  /** Told from the first matrix on that is not in the cache, at most once a second, and at the end. */
  preparing?(progress: Preparing): void;
  /** Told once all are there. */
  decomposed?(all: Decomposed): void;
  /** Ends the assembling with `aborted`. */
  signal?: AbortSignal;
}

export interface Wanted {
  /** Module name. */
  name: string;
  m: number;
  n: number;
  decomposition: Decomposition;
  weight(): HostTensor;
  /** What W was read from, which names it in the cache; absent where that is float32 as `weight` has it. */
  stored?: () => NonNullable<StoredMatrix['stored']>;
  /** What W was rounded to, where it is not as it is stored. */
  held?: Dtype;
  /** Called as soon as the decomposition is there, which is not kept. */
  use(svd: Svd, weight: HostTensor): void;
}

/** Bytes of matrices that are decomposed at once; a single one may be larger. */
const AT_ONCE = 512 * 2 ** 20;

/** Each matrix is read when its turn comes. Errors: those of `Linalg`, with the module's name. */
export async function decompose(wanted: readonly Wanted[], preparation: Preparation): Promise<void> {
  if (wanted.length === 0) return;
  const { factors, signal = new AbortController().signal } = preparation;
  if (!factors) throw new Error('A method asks for a decomposition, and nothing was given to compute one');
  const pace = new Pace(wanted, preparation);
  const all: Decomposed = { matrices: wanted.length, cached: 0, residual: 0, orthogonality: 0 };
  const bytes = ({ m, n }: Wanted) => 4 * m * n;
  try {
    await inLanes(wanted, bytes, { width: defaultThreads(), room: AT_ONCE }, signal, async (matrix, ended) => {
      const found = await one(matrix, factors, ended);
      add(all, found);
      if (matrix.held) all.held = matrix.held;
      pace.take(matrix, found);
    });
  } finally {
    pace.end();
  }
  preparation.decomposed?.(all);
}

function add(all: Decomposed, found: Found & (Svd | TruncatedSvd)): void {
  if (found.cached) all.cached++;
  all.residual = Math.max(all.residual, found.residual);
  all.orthogonality = Math.max(all.orthogonality, found.orthogonality);
  if (!('rank' in found)) return;
  const { rank = 0, oversampling = 0, iterations = 0 } = all.truncation ?? {};
  all.truncation = {
    rank: Math.max(rank, found.rank),
    oversampling: Math.max(oversampling, found.oversampling),
    iterations: Math.max(iterations, found.iterations),
  };
}

async function one({ name, m, n, decomposition, weight, stored, use }: Wanted, factors: Factors, signal: AbortSignal) {
  // Cancelling comes as a message, which reading and multiplying would keep waiting.
  await turn();
  demandGoing(signal);
  const w = weight();
  const matrix: StoredMatrix = { rows: m, columns: n, data: w.data, ...(stored && { stored: stored() }) };
  try {
    const svd = await decomposeAs(decomposition, matrix, factors, { signal });
    use(svd, w);
    return svd;
  } catch (error) {
    if (!(error instanceof RankwiseError) || error.code === 'aborted') throw error;
    throw RankwiseError.from({ ...error.toJSON(), message: `${name}: ${error.message}`, field: name });
  }
}

/** What a method asks for, of one matrix. Errors: those of `Linalg`. */
export function decomposeAs(wanted: Decomposition, matrix: StoredMatrix, factors: Factors, call: CallOptions) {
  if (wanted.kind === 'full') return factors.svd(matrix, call);
  const { kind: _, rank, ...truncation } = wanted;
  return factors.truncatedSvd(matrix, rank, { ...truncation, ...call });
}

/** Says how far it is, and how long it will take. */
class Pace {
  private readonly began = performance.now();
  private readonly total: number;
  private readonly tell: ((progress: Preparing) => void) | undefined;
  private readonly timer: NodeJS.Timeout;
  private told = 0;
  private done = 0;
  /** Of work that is left, and of what was computed here. */
  private left: number;
  private computed = 0;

  constructor(wanted: readonly Wanted[], { preparing }: Preparation) {
    this.total = wanted.length;
    this.left = wanted.reduce((sum, matrix) => sum + work(matrix), 0);
    this.tell = preparing;
    this.timer = setInterval(() => this.say(), 1000).unref();
  }

  take(matrix: Wanted, { cached }: { cached: boolean }): void {
    this.done++;
    this.left -= work(matrix);
    if (!cached) this.computed += work(matrix);
    const due = performance.now() - this.told > 1000 || this.done === this.total;
    if (this.told === 0 ? !cached : due) this.say();
  }

  end(): void {
    clearInterval(this.timer);
  }

  private say(): void {
    this.told = performance.now();
    const seconds = (this.told - this.began) / 1000;
    const remaining = this.computed > 0 ? { remainingSeconds: (seconds / this.computed) * this.left } : {};
    this.tell?.({ done: this.done, total: this.total, ...remaining });
  }
}

/** In proportion to the operations. */
const work = ({ m, n, decomposition }: Wanted): number =>
  m * n * (decomposition.kind === 'full' ? Math.min(m, n) : decomposition.rank);

import { encodeModel, type Graph, type ValueInfo } from '../onnx/model.ts';
import type { Binding, NativeSession, OrtTensor } from './binding.ts';

/** A training step of one architecture needs about 60 kernels; a session takes about 100 KB and its idle threads. */
const CAPACITY = 256;
/** What a kernel waits for: a product uses every core, the rest waits for memory, and each session holds threads of its own. */
const MEMORY_BOUND_THREADS = 4;

/**
 * After a run the binding copies every output, even one that was written to the caller's array, into a fresh one: many times the cost of
 * an elementwise kernel, and garbage. It converts outputs in the graph's order and refuses one that is no tensor, with nothing left
 * to compute by then. So every graph begins with such an output, asked for when the others are large.
 */
const REFUSED: ValueInfo = { name: 'refused', type: 'float32', shape: [], sequence: true };
const REFUSAL = 'Non tensor type';
/** Elements from which a copy costs more than an exception (about 10 µs). */
const LARGE = 16_384;

export interface Kernel {
  graph: Graph;
  /** Worth all threads: matrix products. */
  heavy?: boolean;
}

/** Small graphs as native sessions, loaded at first use; the least recently used is let go when there are too many. */
export class KernelSessions {
  private readonly binding: Binding;
  private readonly threads: number;
  private readonly sessions = new Map<string, NativeSession>();

  constructor(binding: Binding, threads: number) {
    this.binding = binding;
    this.threads = threads;
  }

  /**
   * Runs the kernel that `key` names, on tensors given by the names of the graph's inputs and outputs.
   * @param key names the graph completely: two graphs under one key would be confused.
   */
  run(key: string, kernel: () => Kernel, feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor>): void {
    let session = this.sessions.get(key);
    if (session === undefined) session = this.load(kernel());
    else this.sessions.delete(key);
    this.sessions.set(key, session);
    if (this.sessions.size > CAPACITY) this.evict();
    if (Object.values(fetches).every(({ data }) => data.length < LARGE)) session.run(feeds, fetches, {});
    else runWithoutCopies(session, feeds, fetches);
  }

  dispose(): void {
    for (const session of this.sessions.values()) session.dispose();
    this.sessions.clear();
  }

  private evict(): void {
    const [key, oldest] = this.sessions.entries().next().value!;
    this.sessions.delete(key);
    oldest.dispose();
  }

  private load({ graph, heavy = false }: Kernel): NativeSession {
    const model = encodeModel({
      ...graph,
      nodes: [...graph.nodes, { op: 'SequenceEmpty', inputs: [], outputs: [REFUSED.name] }],
      outputs: [REFUSED, ...graph.outputs],
    });
    const session = this.binding.createSession();
    session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
      executionProviders: ['cpu'],
      intraOpNumThreads: heavy ? this.threads : Math.min(this.threads, MEMORY_BOUND_THREADS),
      interOpNumThreads: 1,
      // An arena per kernel would keep the largest temporary of each of them.
      enableCpuMemArena: false,
      graphOptimizationLevel: 'all',
      // Faults reach the caller as exceptions; the library's own log would go to the user's terminal.
      logSeverityLevel: 4,
      // Threads that spin between kernels starve everything else on a loaded machine.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    return session;
  }
}

function runWithoutCopies(
  session: NativeSession,
  feeds: Record<string, OrtTensor>,
  fetches: Record<string, OrtTensor>,
): void {
  try {
    session.run(feeds, { ...fetches, [REFUSED.name]: null }, {});
  } catch (error) {
    if (!(error as Error).message.startsWith(REFUSAL)) throw error;
  }
}

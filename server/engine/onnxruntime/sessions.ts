import type { Graph } from '../onnx/model.ts';
import type { Binding, OrtTensor } from './binding.ts';
import { Session } from './session.ts';

/** A training step of one architecture needs about 60 kernels; a session takes about 100 KB and its idle threads. */
const CAPACITY = 256;
/** What a kernel waits for: a product uses every core, the rest waits for memory, and each session holds threads of its own. */
const MEMORY_BOUND_THREADS = 4;

export interface Kernel {
  graph: Graph;
  /** Worth all threads: matrix products. */
  heavy?: boolean;
}

/** Small graphs as native sessions, loaded at first use; the least recently used is let go when there are too many. */
export class KernelSessions {
  private readonly binding: Binding;
  private readonly threads: number;
  private readonly sessions = new Map<string, Session>();

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
    session.run(feeds, fetches);
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

  private load({ graph, heavy = false }: Kernel): Session {
    return new Session(this.binding, graph, {
      threads: heavy ? this.threads : Math.min(this.threads, MEMORY_BOUND_THREADS),
      arena: false,
      optimize: 'all',
    });
  }
}

import { hostMemoryFault } from '../host-memory.ts';
import { encodeModel, type Graph, type ValueInfo } from '../onnx/model.ts';
import type { Binding, NativeSession, OrtTensor } from './binding.ts';

/**
 * After a run the binding copies every output, even one that was written to the caller's array, into a fresh one: many times the cost of
 * an elementwise kernel, and garbage. It converts outputs in the graph's order and refuses one that is no tensor, with nothing left
 * to compute by then. So every graph begins with such an output, asked for when the others are large.
 */
const REFUSED: ValueInfo = { name: 'refused', type: 'float32', shape: [], sequence: true };
const REFUSAL = 'Non tensor type';
/** Elements from which a copy costs more than an exception (about 10 µs). */
const LARGE = 16_384;

export interface SessionOptions {
  threads: number;
  /** A memory arena of its own: fast for a large graph, wasteful for one kernel. */
  arena: boolean;
  /** Folder that the files of external tensors are relative to. */
  root?: string;
  /** Graph rewriting by the library. */
  optimize: 'all' | 'disabled';
}

/** A graph loaded for the CPU; runs block. */
export class Session {
  private readonly native: NativeSession;

  constructor(binding: Binding, graph: Graph, { threads, arena, root, optimize }: SessionOptions) {
    const model = encodeModel({
      ...graph,
      nodes: [...graph.nodes, { op: 'SequenceEmpty', inputs: [], outputs: [REFUSED.name] }],
      outputs: [REFUSED, ...graph.outputs],
    });
    this.native = binding.createSession();
    const settings = {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      enableCpuMemArena: arena,
      enableMemPattern: false,
      graphOptimizationLevel: optimize,
      // Faults reach the caller as exceptions; the library's own log would go to the user's terminal.
      logSeverityLevel: 4,
      extra: {
        session: {
          // Threads that spin between kernels starve everything else on a loaded machine.
          intra_op: { allow_spinning: '0' },
          // Repacked weights are a second copy of them.
          disable_prepacking: '1',
          ...(root !== undefined && { model_external_initializers_file_folder_path: root }),
        },
      },
    };
    try {
      this.native.loadModel(model.buffer, model.byteOffset, model.byteLength, settings);
    } catch (error) {
      throw hostMemoryFault(error, 'loading a step') ?? error;
    }
  }

  /**
   * Reads the tensors of `feeds` and writes those of `fetches`, both by the graph's names, in place.
   * @throws RankwiseError `out-of-memory`.
   */
  run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor>): void {
    const small = Object.values(fetches).every(({ data }) => data.length < LARGE);
    try {
      this.native.run(feeds, small ? fetches : { ...fetches, [REFUSED.name]: null }, {});
    } catch (error) {
      if (!small && (error as Error).message.startsWith(REFUSAL)) return;
      throw hostMemoryFault(error, 'running a step') ?? error;
    }
  }

  dispose(): void {
    this.native.dispose();
  }
}

import type { FileRange } from '../../base/file-range.ts';
import type { DataType, Graph } from '../onnx/model.ts';

/** A tensor in the host's memory, read or written in place. Bfloat16 and float16 are bit patterns in a Uint16Array; bool is 0 or 1. */
export interface HostValue {
  type: DataType;
  dims: readonly number[];
  data: Float32Array | Int32Array | BigInt64Array | Uint8Array | Int8Array | Uint16Array;
  location: 'cpu';
}

/** A tensor as bytes of a file, little-endian: it reaches the device without a copy that stays in the host's memory. */
export interface FileValue {
  type: DataType;
  dims: readonly number[];
  range: FileRange;
}

/** A tensor that is the same in every run. */
export type Frozen = HostValue | FileValue;

/** A graph loaded for a provider. Runs block: when one returns, its results lie in the host's memory. */
export interface GraphSession {
  /**
   * Reads the tensors of `feeds` (every input of the graph but the frozen ones) and writes those of `fetches` in place, both by the
   * graph's names.
   * @throws RankwiseError `gpu-lost`, `out-of-device-memory`, `gpu-failed`.
   */
  run(feeds: Record<string, HostValue>, fetches: Record<string, HostValue>): void;
  /** Whether nodes without a kernel of the provider run on the CPU, with copies both ways. */
  readonly fallback: boolean;
  dispose(): void;
}

/** Runs graphs on a device; one a process. */
export interface GraphRunner {
  /** What executes: `webgpu`, `cuda`. */
  readonly provider: string;
  /** Whether frozen tensors lie on the device once for all sessions, or once for each. */
  readonly sharesWeights: boolean;
  /**
   * Loads a graph. `frozen` are inputs whose values are the same in every run: they are copied to the device when it loads, and leave it
   * with the last session that reads them. The memory or the place in a file that they lie in is their identity, and must stay as it
   * is while one does.
   * @throws RankwiseError `weights-changed`, `gpu-lost`, `out-of-device-memory`, `gpu-failed`.
   */
  open(graph: Graph, frozen: Record<string, Frozen>): GraphSession;
  /** What frozen tensors take on the device. */
  memory(): { tensors: number; bytes: number };
  /** Closes everything that is left open. */
  dispose(): void;
}

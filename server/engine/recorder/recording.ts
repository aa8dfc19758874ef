import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../base/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { AttentionOptions, AttentionSizes } from '../onnx/fragments/attention.ts';
import type { OnnxRuntimeBackend } from '../onnxruntime/backend.ts';
import { WeightData } from '../weights/data.ts';
import { GraphWeights } from '../weights/graph.ts';
import { SymbolicData } from './symbolic.ts';

/** A value of the graph with its shape, which broadcasts to the tensor's. */
export interface Operand {
  value: string;
  shape: readonly number[];
}

/** A tensor from outside that the graph reads in every run. */
export interface Held {
  name: string;
  tensor: TensorInfo;
}

export interface RecordOptions {
  /** Whether what executes the graph has loops (GPU providers run them on the CPU, with copies). */
  loops: boolean;
  /** Attention by rows or by heads whatever its size, for a small graph of a large one's structure. */
  attention?: AttentionOptions['loop'];
}

/** Scores that fit into a core's cache: attention is fastest in parts of at most so many. */
const CACHED_SCORES = 512 * 1024;

const attentionLoop = ({ heads, time, source }: AttentionSizes) =>
  heads * time * source <= CACHED_SCORES ? 'row' : 'head';

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** Elements up to which a tensor from outside is written into the graph. */
const INLINE = 256;

/**
 * The graph under construction while a step runs on symbolic tensors. A tensor with values that meets a symbolic one becomes a
 * constant where it is small and a held input where it is not, so that weights exist once however many graphs read them.
 */
export class Recording {
  readonly graph = new GraphBuilder();
  /** By the array of values: tensors that share one are one input. They live until `release`. */
  readonly held = new Map<object, Held>();
  /** Whether some attention goes head by head. */
  longAttention = false;
  /** Multiplications and additions of matrix products, about all that a step computes. */
  flops = 0;
  /** The frozen weights. */
  readonly weights = new GraphWeights(this.graph);
  private readonly backend: OnnxRuntimeBackend;
  private readonly options: RecordOptions;

  constructor(backend: OnnxRuntimeBackend, options: RecordOptions) {
    this.backend = backend;
    this.options = options;
  }

  /** Whether a kernel call has a symbolic operand; the others are computed at once. */
  concerns(inputs: Record<string, TensorInfo | undefined>): boolean {
    return Object.values(inputs).some((x) => x?.dataId !== undefined && this.symbolic(x) !== undefined);
  }

  /** A tensor whose content is `value`, of `shape` or broadcasting to it. */
  tensor(value: string, shape: number[], dtype: DataType = 'float32', physical: readonly number[] = shape): TensorInfo {
    return this.backend.symbolic(new SymbolicData(value, physical, dtype), shape);
  }

  /** Whether the device has loops. */
  get loops(): boolean {
    return this.options.loops;
  }

  /** How attention is written for these sizes. */
  attention(sizes: AttentionSizes): AttentionOptions {
    if (!this.options.loops) return { loop: undefined };
    const loop = this.options.attention ?? attentionLoop(sizes);
    if (loop === 'head') this.longAttention = true;
    return { loop };
  }

  /** Another tensor on the same content. */
  share(x: TensorInfo): TensorInfo {
    this.backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  }

  /** The one value of all elements of a tensor from outside, where that is known. */
  constantOf(x: TensorInfo): number | undefined {
    return this.symbolic(x) === undefined ? this.backend.constantOf(x) : undefined;
  }

  /** The tensor as an operand that broadcasts. */
  operand(x: TensorInfo): Operand {
    const symbolic = this.symbolic(x);
    if (symbolic !== undefined) return symbolic;
    const constant = this.backend.constantOf(x);
    if (constant !== undefined) return { value: this.scalar(constant, x.dtype), shape: [] };
    return { value: this.outside(x), shape: x.shape };
  }

  /** The tensor as a value of exactly its shape. */
  value(x: TensorInfo): string {
    const { value, shape } = this.operand(x);
    return sameShape(shape, x.shape) ? value : this.graph.op('Expand', [value, this.graph.indices(x.shape)]);
  }

  /** Rows of a table [rows, ...] by `ids`, a value of the graph. */
  rows(table: TensorInfo, ids: string): string {
    const data = this.backend.dataOf(table);
    if (data instanceof WeightData && sameShape(table.shape, data.weight.shape))
      return this.weights.rows(data.weight, ids);
    return this.graph.op('Gather', [this.value(table), ids], { axis: 0 });
  }

  reshape(value: string, shape: readonly number[]): string {
    return this.graph.op('Reshape', [value, this.graph.indices(shape)]);
  }

  /** Lets go of the tensors from outside. */
  release(): void {
    for (const { tensor } of this.held.values()) this.backend.disposeData(tensor.dataId);
    this.held.clear();
  }

  private symbolic(x: TensorInfo): SymbolicData | undefined {
    const data = this.backend.dataOf(x);
    return data instanceof SymbolicData ? data : undefined;
  }

  private scalar(value: number, dtype: DataType): string {
    const type = onnxType(dtype);
    return this.graph.constant({ type, shape: [], data: ARRAYS[type].of(value) });
  }

  private outside(x: TensorInfo): string {
    const data = this.backend.dataOf(x);
    if (data instanceof WeightData) {
      const value = this.weights.read(data.weight);
      return sameShape(data.weight.shape, x.shape) ? value : this.reshape(value, x.shape);
    }
    const type = onnxType(x.dtype);
    const values = this.backend.values(x) as Float32Array | Int32Array | Uint8Array;
    if (sizeOf(x.shape) <= INLINE || !(values instanceof ARRAYS[type]))
      return this.graph.constant({ type, shape: x.shape, data: ARRAYS[type].from(values) });
    const found = this.held.get(values);
    const name = found?.name ?? `held${this.held.size}`;
    if (!found) {
      this.backend.incRef(x.dataId);
      this.held.set(values, { name, tensor: x });
      this.graph.input({ name, type, shape: x.shape });
    } else if (!sameShape(found.tensor.shape, x.shape)) return this.reshape(name, x.shape);
    return name;
  }
}

/** What ONNX stores for a type; tfjs may keep a cast tensor in another kind of array. */
const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export const onnxType = (dtype: DataType): keyof typeof ARRAYS => {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(`tensors of type ${dtype} cannot be recorded`);
};

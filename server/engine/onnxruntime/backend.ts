import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { backend_util, DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../base/tensor.ts';
import type { GraphRunner } from '../graph/types.ts';
import type { Recording } from '../recorder/recording.ts';
import { SymbolicData } from '../recorder/symbolic.ts';
import { WeightData } from '../weights/data.ts';
import type { FrozenWeight } from '../weights/types.ts';
import type { Binding, OrtTensor } from './binding.ts';
import { BufferPool } from './buffers.ts';
import { type Kernel, KernelSessions } from './sessions.ts';

type Values = backend_util.BackendValues;

/** tfjs's record of a tensor's data, for a tensor all of whose elements are equal: its values come into being when read. */
class ConstantData {
  refCount = 1;
  readonly dtype: DataType;
  readonly constant: number;
  private readonly size: number;
  private made: Float32Array | Int32Array | undefined;

  constructor(constant: number, size: number, dtype: 'float32' | 'int32') {
    this.constant = constant;
    this.size = size;
    this.dtype = dtype;
  }

  get values(): Float32Array | Int32Array {
    this.made ??= (this.dtype === 'int32' ? new Int32Array(this.size) : new Float32Array(this.size)).fill(
      this.constant,
    );
    return this.made;
  }
}

/**
 * Tensors as typed arrays, kernels on onnxruntime's synchronous native sessions; what has no route of its own here runs on
 * tfjs's JavaScript kernels, which read the same arrays.
 */
export class OnnxRuntimeBackend extends MathBackendCPU {
  readonly threads: number;
  readonly pool = new BufferPool();
  readonly binding: Binding;
  /** The graph that kernels on symbolic tensors are written to, while a step is recorded. */
  recording: Recording | undefined;
  /** Where recorded steps run, when not on the CPU. */
  runner: GraphRunner | undefined;
  private readonly sessions: KernelSessions;

  constructor(binding: Binding, threads: number) {
    super();
    // The CPU backend greets its first user with advice to install another backend.
    (this as unknown as { firstUse: boolean }).firstUse = false;
    this.threads = threads;
    this.binding = binding;
    this.sessions = new KernelSessions(binding, threads);
  }

  run(key: string, kernel: () => Kernel, feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor>): void {
    this.sessions.run(key, kernel, feeds, fetches);
  }

  /** A float32 tensor with unspecified content and the array to write its content to. */
  output(shape: number[]): { info: TensorInfo; data: Float32Array } {
    const data = this.pool.take(sizeOf(shape));
    return { info: this.makeTensorInfo(shape, 'float32', data), data };
  }

  constant(value: number, shape: number[], dtype: 'float32' | 'int32'): TensorInfo {
    const info = this.makeTensorInfo(shape, dtype);
    this.data.set(info.dataId, new ConstantData(value, sizeOf(shape), dtype) as never);
    return info;
  }

  /** A tensor without values, which stands for one of a graph under construction. */
  symbolic(data: SymbolicData, shape: number[]): TensorInfo {
    const info = { dataId: {}, shape, dtype: data.dtype };
    this.data.set(info.dataId, data as never);
    return info;
  }

  /** A float32 tensor on a frozen weight, which stays held as it is. */
  weight(weight: FrozenWeight): TensorInfo {
    const info: TensorInfo = { dataId: {}, shape: [...weight.shape], dtype: 'float32' };
    this.data.set(info.dataId, new WeightData(weight) as never);
    return info;
  }

  /** Reads pieces of a float32 tensor: the values from `start` on. */
  pieces(tensor: TensorInfo): (start: number, into: Float32Array) => void {
    const data = this.dataOf(tensor);
    if (data instanceof WeightData) return (start, into) => data.read(start, into);
    const values = this.float32(tensor);
    return (start, into) => into.set(values.subarray(start, start + into.length));
  }

  /** tfjs's record of the tensor's data. */
  dataOf(tensor: TensorInfo): unknown {
    return this.data.get(tensor.dataId);
  }

  /** The one value of all elements, where that is known without looking at them. */
  constantOf(tensor: TensorInfo): number | undefined {
    const data = this.data.get(tensor.dataId);
    if (data instanceof ConstantData) return data.constant;
    return sizeOf(tensor.shape) === 1 ? (data.values as Float32Array)[0] : undefined;
  }

  values(tensor: TensorInfo): Values {
    return this.data.get(tensor.dataId).values!;
  }

  /** The content of a float32 tensor; tfjs may keep one as plain integers after a cast. */
  float32(tensor: TensorInfo): Float32Array {
    const values = this.values(tensor);
    return values instanceof Float32Array ? values : Float32Array.from(values as Int32Array);
  }

  override readSync(dataId: DataId): Values {
    const values = super.readSync(dataId);
    return this.pool.owns(values) ? values.slice() : values;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const data = this.data.has(dataId) ? this.data.get(dataId) : undefined;
    const gone = super.disposeData(dataId, force);
    const own = data instanceof ConstantData || data instanceof SymbolicData || data instanceof WeightData;
    if (gone && data !== undefined && !own) this.pool.give(data.values);
    return gone;
  }

  override dispose(): void {
    this.sessions.dispose();
    this.pool.clear();
  }
}

export const floats = (data: Float32Array, dims: readonly number[]): OrtTensor => ({
  type: 'float32',
  dims,
  data,
  location: 'cpu',
});

export const integers = (values: readonly number[]): OrtTensor => ({
  type: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
  location: 'cpu',
});

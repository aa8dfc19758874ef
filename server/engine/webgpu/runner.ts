import { gpuFault } from '../graph/faults.ts';
import type { Frozen, GraphRunner, GraphSession, HostValue } from '../graph/types.ts';
import { type DataType, encodeModel, type Graph } from '../onnx/model.ts';
import type { Binding, NativeSession } from '../onnxruntime/binding.ts';
import { lowered } from './lower.ts';
import { sessionOptions } from './options.ts';
import { DeviceTensors, type DeviceValue } from './tensors.ts';

const PROVIDER = 'webgpu';
/** What onnxruntime says of a graph that needs the CPU and may not use it. */
const NEEDS_CPU = 'fallback to CPU EP has been explicitly disabled';

/** There are no bfloat16 kernels at all, and float16 ones only where the GPU has them: both are held as float32, which is exact. */
const heldAs = (type: DataType): DataType => (type === 'bfloat16' || type === 'float16' ? 'float32' : type);

/** Runs graphs on the GPU that WebGPU finds (by Vulkan, Direct3D 12 or Metal), through onnxruntime. */
export class WebGpuRunner implements GraphRunner {
  readonly provider = PROVIDER;
  private readonly binding: Binding;
  private readonly tensors: DeviceTensors;
  private readonly sessions = new Set<WebGpuSession>();
  private lost: Error | undefined;

  constructor(binding: Binding) {
    this.binding = binding;
    this.tensors = new DeviceTensors(binding);
  }

  open(graph: Graph, frozen: Record<string, Frozen>): GraphSession {
    const gives: (() => void)[] = [];
    try {
      return this.guard('loading a step', () => {
        const weights: Record<string, DeviceValue> = {};
        for (const [name, value] of Object.entries(frozen)) {
          const taken = this.tensors.take(value, heldAs(value.type));
          gives.push(taken.give);
          weights[name] = taken.value;
        }
        const typed = graph.inputs.map((input) => ({ ...input, type: weights[input.name]?.type ?? input.type }));
        const loaded = this.load(encodeModel(lowered({ ...graph, inputs: typed })));
        const session = new WebGpuSession(loaded, weights, this.guard, () => {
          this.sessions.delete(session);
          for (const give of gives) give();
        });
        this.sessions.add(session);
        return session;
      });
    } catch (error) {
      for (const give of gives) give();
      throw error;
    }
  }

  memory(): { tensors: number; bytes: number } {
    return this.tensors.memory();
  }

  dispose(): void {
    for (const session of [...this.sessions]) session.dispose();
    this.tensors.dispose();
  }

  private load(model: Uint8Array): Loaded {
    try {
      return { native: this.create(model, true), fallback: false };
    } catch (error) {
      if (!(error as Error).message.includes(NEEDS_CPU)) throw error;
      return { native: this.create(model, false), fallback: true };
    }
  }

  private create(model: Uint8Array, strict: boolean): NativeSession {
    const native = this.binding.createSession();
    native.loadModel(model.buffer, model.byteOffset, model.byteLength, sessionOptions({ strict }));
    return native;
  }

  /** Names native faults. Nothing more is asked of a device that is gone: it may hang. */
  private readonly guard: Guard = (doing, run) => {
    if (this.lost) throw this.lost;
    try {
      return run();
    } catch (error) {
      const fault = gpuFault(error, PROVIDER, doing);
      if (fault.code === 'gpu-lost') this.lost = fault;
      throw fault;
    }
  };
}

type Guard = <T>(doing: string, run: () => T) => T;

interface Loaded {
  native: NativeSession;
  fallback: boolean;
}

class WebGpuSession implements GraphSession {
  readonly fallback: boolean;
  private native: NativeSession | undefined;
  private readonly weights: Record<string, DeviceValue>;
  private readonly guard: Guard;
  private readonly closed: () => void;

  constructor({ native, fallback }: Loaded, weights: Record<string, DeviceValue>, guard: Guard, closed: () => void) {
    this.native = native;
    this.fallback = fallback;
    this.weights = weights;
    this.guard = guard;
    this.closed = closed;
  }

  run(feeds: Record<string, HostValue>, fetches: Record<string, HostValue>): void {
    this.guard('running a step', () => this.native!.run({ ...feeds, ...this.weights } as never, fetches as never, {}));
  }

  dispose(): void {
    this.native?.dispose();
    if (this.native) this.closed();
    this.native = undefined;
  }
}

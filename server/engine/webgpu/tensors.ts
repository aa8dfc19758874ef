import { sizeOf } from '../../base/tensor.ts';
import { bytesOf, placeOf, widen } from '../graph/frozen.ts';
import { sessionOptions } from '../graph/session.ts';
import type { Frozen } from '../graph/types.ts';
import { type DataType, encodeModel } from '../onnx/model.ts';
import type { Binding, NativeSession } from '../onnxruntime/binding.ts';

export const PROVIDER = 'webgpu';

/** A tensor in GPU memory as the binding takes it: `gpuBuffer` owns the memory, the rest says how to read it. */
export interface DeviceValue {
  type: DataType;
  dims: readonly number[];
  location: 'gpu-buffer';
  gpuBuffer: unknown;
}

interface Made {
  gpuBuffer: unknown;
  dispose(): void;
}

interface Entry {
  made: Made;
  bytes: number;
  users: number;
}

/** Arrays that carry the bytes of a type to the device. The binding makes no device tensors of int8: they travel as uint8. */
const CARRIERS = {
  float32: Float32Array,
  float16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;
type Carrier = keyof typeof CARRIERS;

/**
 * Frozen tensors on the device: uploaded at first use, shared by all sessions of the process, freed with the last user.
 *
 * Device memory belongs to the session that made it (a tensor that outlives it crashes the process), so the sessions that upload, one
 * for each type, stay open as long as this does. They also keep the provider's device alive while no other session is open.
 */
export class DeviceTensors {
  private readonly binding: Binding;
  private readonly uploads = new Map<Carrier, NativeSession>();
  private readonly entries = new Map<string, Entry>();

  constructor(binding: Binding) {
    this.binding = binding;
  }

  /** The tensor on the device as one of `type` (its own, or float32 for the 16-bit floats), in use until it is given back. */
  take(value: Frozen, type: DataType): { value: DeviceValue; give: () => void } {
    const place = `${type} of ${placeOf(value)}`;
    let entry = this.entries.get(place);
    if (entry === undefined) {
      const [carrier, data] = carried(value, type);
      const feed = { type: carrier, dims: [sizeOf(value.dims)], data, location: 'cpu' };
      const { y } = this.uploader(carrier).run({ x: feed as never }, { y: null }, {}) as { y: Made };
      entry = { made: y, bytes: data.byteLength, users: 0 };
      this.entries.set(place, entry);
    }
    const used = entry;
    used.users++;
    return {
      value: { type, dims: value.dims, location: 'gpu-buffer', gpuBuffer: used.made.gpuBuffer },
      give: () => {
        if (--used.users > 0 || this.entries.get(place) !== used) return;
        this.entries.delete(place);
        used.made.dispose();
      },
    };
  }

  memory(): { tensors: number; bytes: number } {
    const all = [...this.entries.values()];
    return { tensors: all.length, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Frees every tensor and closes the provider's device, if no other session is open. */
  dispose(): void {
    for (const { made } of this.entries.values()) made.dispose();
    this.entries.clear();
    for (const session of this.uploads.values()) session.dispose();
    this.uploads.clear();
  }

  private uploader(type: Carrier): NativeSession {
    const found = this.uploads.get(type);
    if (found !== undefined) return found;
    const model = encodeModel({
      inputs: [{ name: 'x', type, shape: ['n'] }],
      outputs: [{ name: 'y', type, shape: ['n'] }],
      nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
    });
    const session = this.binding.createSession();
    session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
      // Types without kernels pass through the CPU on their way.
      ...sessionOptions(PROVIDER, { strict: false }),
      preferredOutputLocation: 'gpu-buffer',
    });
    this.uploads.set(type, session);
    return session;
  }
}

function carried(value: Frozen, type: DataType): [Carrier, Float32Array | InstanceType<(typeof CARRIERS)[Carrier]>] {
  const bytes = bytesOf(value);
  if (value.type !== type) return ['float32', widen(bytes, value.type as 'bfloat16' | 'float16')];
  const carrier: Carrier = type === 'int8' ? 'uint8' : (type as Carrier);
  const Kind = CARRIERS[carrier];
  return [carrier, new Kind(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / Kind.BYTES_PER_ELEMENT)];
}

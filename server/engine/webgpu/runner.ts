import { named } from '../graph/frozen.ts';
import { DeviceSession, Guard, load } from '../graph/session.ts';
import type { Frozen, GraphRunner, GraphSession } from '../graph/types.ts';
import { type DataType, encodeModel, type Graph } from '../onnx/model.ts';
import type { Binding } from '../onnxruntime/binding.ts';
import { lowered } from './lower.ts';
import { DeviceTensors, type DeviceValue, PROVIDER } from './tensors.ts';

/** There are no bfloat16 kernels at all, and float16 ones only where the GPU has them: both are held as float32, which is exact. */
const heldAs = (type: DataType): DataType => (type === 'bfloat16' || type === 'float16' ? 'float32' : type);

/** Runs graphs on the GPU that WebGPU finds (by Vulkan, Direct3D 12 or Metal), through onnxruntime. */
export class WebGpuRunner implements GraphRunner {
  readonly provider = PROVIDER;
  readonly sharesWeights = true;
  private readonly binding: Binding;
  private readonly tensors: DeviceTensors;
  private readonly sessions = new Set<GraphSession>();
  private readonly guard = new Guard(PROVIDER);

  constructor(binding: Binding) {
    this.binding = binding;
    this.tensors = new DeviceTensors(binding);
  }

  open(given: Graph, values: Record<string, Frozen>): GraphSession {
    const [graph, frozen] = named(given, values);
    const gives: (() => void)[] = [];
    const giveAll = () => {
      for (const give of gives) give();
    };
    try {
      return this.guard.run('loading a step', () => {
        const weights: Record<string, DeviceValue> = {};
        for (const [name, value] of Object.entries(frozen)) {
          const taken = this.tensors.take(value, heldAs(value.type));
          gives.push(taken.give);
          weights[name] = taken.value;
        }
        const inputs = graph.inputs.map((input) => ({ ...input, type: weights[input.name]?.type ?? input.type }));
        const loaded = load(this.binding, encodeModel(lowered({ ...graph, inputs })), PROVIDER);
        const closed = () => {
          this.sessions.delete(session);
          giveAll();
        };
        const session: GraphSession = new DeviceSession({ ...loaded, weights, guard: this.guard, closed });
        this.sessions.add(session);
        return session;
      });
    } catch (error) {
      giveAll();
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
}

import { bytesOf, named } from '../graph/frozen.ts';
import { DeviceSession, Guard, load } from '../graph/session.ts';
import type { Frozen, GraphRunner, GraphSession } from '../graph/types.ts';
import { encodeModel, type Graph } from '../onnx/model.ts';
import type { Binding } from '../onnxruntime/binding.ts';

/**
 * Runs graphs on an NVIDIA GPU. JavaScript cannot keep a CUDA tensor, so the frozen weights are constants of each session, which
 * puts them on the device when it loads: once for each session.
 */
export class CudaRunner implements GraphRunner {
  readonly provider: string;
  readonly sharesWeights = false;
  private readonly binding: Binding;
  private readonly guard: Guard;
  private readonly sessions = new Map<GraphSession, { tensors: number; bytes: number }>();

  /** `provider`: another one of onnxruntime's, for tests. */
  constructor(binding: Binding, provider = 'cuda') {
    this.binding = binding;
    this.provider = provider;
    this.guard = new Guard(provider);
  }

  open(given: Graph, values: Record<string, Frozen>): GraphSession {
    const [graph, frozen] = named(given, values);
    return this.guard.run('loading a step', () => {
      const inputs = graph.inputs.filter(({ name }) => !(name in frozen));
      const weights = graph.inputs
        .filter(({ name }) => name in frozen)
        .map(({ name }) => ({ name, value: frozen[name]!, data: bytesOf(frozen[name]!) }));
      const constants = weights.map(({ name, value: { type, dims }, data }) => ({
        name,
        type,
        shape: dims,
        data: { file: name, offset: 0, length: data.byteLength },
      }));
      const model = encodeModel({ ...graph, inputs, initializers: [...(graph.initializers ?? []), ...constants] });
      // onnxruntime is done with the bytes when the session is loaded.
      const externalData = weights.map(({ name, data }) => ({ path: name, data }));
      const loaded = load(this.binding, model, this.provider, { externalData });
      const closed = () => this.sessions.delete(session);
      const session: GraphSession = new DeviceSession({ ...loaded, weights: {}, guard: this.guard, closed });
      const bytes = weights.reduce((sum, { data }) => sum + data.byteLength, 0);
      this.sessions.set(session, { tensors: weights.length, bytes });
      return session;
    });
  }

  memory(): { tensors: number; bytes: number } {
    const held = [...this.sessions.values()];
    return held.reduce((a, b) => ({ tensors: a.tensors + b.tensors, bytes: a.bytes + b.bytes }), {
      tensors: 0,
      bytes: 0,
    });
  }

  dispose(): void {
    for (const session of [...this.sessions.keys()]) session.dispose();
  }
}

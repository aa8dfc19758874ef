import type { Binding, NativeSession } from '../onnxruntime/binding.ts';
import { gpuFault } from './faults.ts';
import type { GraphSession, HostValue } from './types.ts';

/** Options of a native session. `strict`: refuse a graph with a node that would run on the CPU. */
export const sessionOptions = (provider: string, { strict }: { strict: boolean }) => ({
  executionProviders: [provider],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableCpuMemArena: false,
  enableMemPattern: false,
  graphOptimizationLevel: 'all',
  // Faults reach the caller as exceptions; the library's own log would go to the user's terminal.
  logSeverityLevel: 4,
  extra: {
    // They would decode compressed weights when loading, and keep a decoded one from the forward to the backward pass.
    optimization: { disable_specified_optimizers: 'ConstantFolding;CommonSubexpressionElimination' },
    session: {
      intra_op: { allow_spinning: '0' },
      ...(strict && { disable_cpu_ep_fallback: '1' }),
    },
  },
});

/** What onnxruntime says of a graph that needs the CPU and may not use it. */
const NEEDS_CPU = 'fallback to CPU EP has been explicitly disabled';

/** Loads a model for a provider alone, and only if that cannot be, for the provider and the CPU. */
export function load(
  binding: Binding,
  model: Uint8Array,
  provider: string,
  more: object = {},
): { native: NativeSession; fallback: boolean } {
  const create = (strict: boolean) => {
    const native = binding.createSession();
    const options = { ...sessionOptions(provider, { strict }), ...more };
    native.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
    return { native, fallback: !strict };
  };
  try {
    return create(true);
  } catch (error) {
    if (!(error as Error).message.includes(NEEDS_CPU)) throw error;
    return create(false);
  }
}

/** Names a provider's native faults. Nothing more is asked of a device that is gone: it may hang. */
export class Guard {
  private readonly provider: string;
  private lost: Error | undefined;

  constructor(provider: string) {
    this.provider = provider;
  }

  run<T>(doing: string, run: () => T): T {
    if (this.lost) throw this.lost;
    try {
      return run();
    } catch (error) {
      const fault = gpuFault(error, this.provider, doing);
      if (fault.code === 'gpu-lost') this.lost = fault;
      throw fault;
    }
  }
}

interface Parts {
  native: NativeSession;
  fallback: boolean;
  /** Fed in every run, beside what the caller feeds. */
  weights: Record<string, unknown>;
  guard: Guard;
  /** Called once, when the session is closed. */
  closed: () => void;
}

export class DeviceSession implements GraphSession {
  readonly fallback: boolean;
  private parts: Parts | undefined;

  constructor(parts: Parts) {
    this.fallback = parts.fallback;
    this.parts = parts;
  }

  run(feeds: Record<string, HostValue>, fetches: Record<string, HostValue>): void {
    const { native, weights, guard } = this.parts!;
    guard.run('running a step', () => native.run({ ...feeds, ...weights } as never, fetches as never, {}));
  }

  dispose(): void {
    this.parts?.native.dispose();
    this.parts?.closed();
    this.parts = undefined;
  }
}

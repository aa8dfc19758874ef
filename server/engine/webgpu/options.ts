/** Options of a native session on WebGPU. `strict`: refuse a graph with a node that would run on the CPU. */
export const sessionOptions = ({ strict }: { strict: boolean }) => ({
  executionProviders: ['webgpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableCpuMemArena: false,
  enableMemPattern: false,
  graphOptimizationLevel: 'all',
  // Faults reach the caller as exceptions; the library's own log would go to the user's terminal.
  logSeverityLevel: 4,
  extra: {
    session: {
      intra_op: { allow_spinning: '0' },
      ...(strict && { disable_cpu_ep_fallback: '1' }),
    },
  },
});

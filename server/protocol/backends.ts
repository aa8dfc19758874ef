/** Every way to compute, the default first. */
export const backendNames = ['onnxruntime', 'webgpu', 'cuda', 'tensorflow'] as const;
export type BackendName = (typeof backendNames)[number];

/** A training step of one recipe on one backend. */
export interface StepTiming {
  backend: BackendName;
  /** The GPU or processor. */
  device?: string;
  /** Absent where it failed. */
  seconds?: number;
  error?: string;
}

/** What `training.backend: auto` came to. */
export interface BackendChoice {
  backend: BackendName;
  device?: string;
  /** In words. */
  reason: string;
  /** What was measured, now or earlier on this machine; absent where there was nothing to choose between. */
  timings?: StepTiming[];
}

/** What an installer leaves for the engine in `<home>/backends/<name>`, as JSON in the file `installedFile`: it is written last. */
export interface InstalledBackend {
  format: 1;
  name: string;
  /** Which of its builds: `cpu`, `cuda`. */
  variant: 'cpu' | 'cuda';
  /** The npm package to load, from the folder's node_modules. */
  package: string;
  /** The Python that its native libraries are linked from, as it was named; absent where they are the folder's own. */
  python?: string;
  /** Versions that results depend on. */
  versions: Record<string, string>;
}

export const installedFile = '.complete';

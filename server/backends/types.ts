import type { InstalledBackend } from '../protocol/backends.ts';
import type { BackendReport } from '../protocol/jobs.ts';
import type { Runner } from './run.ts';

/** What a person asked for; each installer says which of it it takes. */
export interface InstallRequest {
  /** For an NVIDIA GPU. */
  cuda: boolean;
  /** An executable, or the folder of an environment, to take native libraries from. */
  python?: string;
  /** A compiled binding, where there is no compiler. */
  binding?: string;
}

export interface InstallContext {
  request: InstallRequest;
  /** To be filled; it is renamed into place when all is well. */
  folder: string;
  run: Runner;
  /** The next thing that is done, in words. */
  step(text: string): void;
}

/** One backend that can be installed on request: a folder of this room each. */
export interface Installer {
  name: BackendReport['name'];
  summary: string;
  /** Of free disk space, while it installs. */
  bytesNeeded(request: InstallRequest): number;
  /** Throws RankwiseError `unsupported-platform` where it can never work. */
  demandPlatform(request: InstallRequest): void;
  /** Whether what is installed is what the request asks for. */
  satisfies(installed: InstalledBackend, request: InstallRequest): boolean;
  /** Errors: its own, and those of `Runner`. */
  fill(context: InstallContext): Promise<InstalledBackend>;
}

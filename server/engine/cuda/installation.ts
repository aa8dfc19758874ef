import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { neededBy } from './elf.ts';

export const PROVIDER = 'libonnxruntime_providers_cuda.so';

/** onnxruntime with its CUDA provider beside it, and what that needs. */
export interface CudaInstallation {
  /** The binding of a copy of onnxruntime that has the provider; undefined: the package's own has it. */
  binding: string | undefined;
  provider: string;
  /** NVIDIA's libraries that the provider needs, each with the places where it may be: in the installation, or where the system looks. */
  libraries: { name: string; places: string[] }[];
}

/**
 * The provider that `rankwise backend install cuda` put below `installed`, or the one that onnxruntime-node's own install script put into
 * the package.
 */
export function findCuda(installed: string | undefined): CudaInstallation | undefined {
  const own = installed === undefined ? undefined : path.join(installed, 'cuda', 'lib');
  if (own !== undefined && existsSync(path.join(own, PROVIDER)))
    return describe(own, path.join(own, 'onnxruntime_binding.node'), path.join(installed!, 'cuda', 'nvidia'));
  const packaged = packageFolder();
  const has = packaged !== undefined && existsSync(path.join(packaged, PROVIDER));
  return has ? describe(packaged, undefined, undefined) : undefined;
}

/** Whether there is one, whatever its state. */
export const hasProvider = (installed: string | undefined): boolean =>
  [installed && path.join(installed, 'cuda', 'lib'), packageFolder()].some(
    (folder) => folder !== undefined && existsSync(path.join(folder, PROVIDER)),
  );

/** Where the package has its native libraries for this platform; undefined: the package is missing. */
export function packageFolder(): string | undefined {
  try {
    const root = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
    return path.join(root, 'bin', 'napi-v6', process.platform, process.arch);
  } catch {
    return undefined;
  }
}

function describe(folder: string, binding: string | undefined, nvidia: string | undefined): CudaInstallation {
  const provider = path.join(folder, PROVIDER);
  const files =
    nvidia !== undefined && existsSync(nvidia) ? readdirSync(nvidia, { recursive: true, encoding: 'utf8' }) : [];
  const libraries = ordered(neededBy(provider).filter((name) => /^lib(cu|nv)/.test(name))).map((name) => ({
    name,
    places: [...files.filter((file) => path.basename(file) === name).map((file) => path.join(nvidia!, file)), name],
  }));
  return { binding, provider, libraries };
}

/** The driver first: without it nothing else matters. cuBLAS after what it is built on. */
const ORDER = ['libcuda.', 'libcudart.', 'libcublasLt.'];
const ordered = (names: string[]): string[] => {
  const rank = (name: string) =>
    (ORDER.findIndex((start) => name.startsWith(start)) + ORDER.length + 1) % (ORDER.length + 1);
  return names.toSorted((a, b) => rank(a) - rank(b));
};

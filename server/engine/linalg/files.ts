/** Where the built kernels lie: `linalg` beside the bundles; for whoever runs from the sources, in `dist` of the folder that holds them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version of the Rust library (Cargo.toml): results of another one may differ in their last bits. */
export const KERNEL_VERSION = '1.3.0';

/** `native.node` for this platform, `kernel.wasm`, `lane.mjs`. */
export function kernelFile(name: 'native.node' | 'kernel.wasm' | 'lane.mjs'): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const beside = path.join(here, 'linalg');
  if (existsSync(beside)) return path.join(beside, name);
  for (let folder = here; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const built = path.join(folder, 'dist/linalg', name);
    if (existsSync(built)) return built;
  }
  return path.join(beside, name);
}

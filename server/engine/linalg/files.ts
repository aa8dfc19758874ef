/** Where the built kernels lie: `dist/linalg`, beside the bundles, whether we run from there or from the sources. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version of the Rust library (Cargo.toml): results of another one may differ in their last bits. */
export const KERNEL_VERSION = '1.0.0';

/** `native.node` for this platform, `kernel.wasm`, `lane.mjs`. */
export function kernelFile(name: 'native.node' | 'kernel.wasm' | 'lane.mjs'): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const places = [path.join(here, 'linalg'), path.join(here, '../../../dist/linalg')];
  return path.join(places.find((place) => existsSync(place)) ?? places[0]!, name);
}

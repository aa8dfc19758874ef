// The native kernel of linear algebra (server/engine/linalg/kernel, in Rust).
// `node scripts/kernels.mjs build [target…]` makes the files in prebuilt/ anew: it needs rustup's targets, cargo-zigbuild and zig (`pip install
// ziglang`), which link for every system from any. `unpack` puts this platform's, the WebAssembly one and its lane into dist/linalg.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { crateNotices } from './crate-notices.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const linalg = path.join(root, 'server/engine/linalg');
const kernel = path.join(linalg, 'kernel');
const prebuilt = path.join(kernel, 'prebuilt');
const manifestFile = path.join(prebuilt, 'kernels.json');

/** Rust's name of each target, and what the linker calls the result. glibc 2.17 and newer: every Linux that Node 20 runs on. */
const targets = {
  'linux-x64': ['x86_64-unknown-linux-gnu.2.17', 'librankwise_linalg.so'],
  'linux-arm64': ['aarch64-unknown-linux-gnu.2.17', 'librankwise_linalg.so'],
  'darwin-arm64': ['aarch64-apple-darwin', 'librankwise_linalg.dylib'],
  'win32-x64': ['x86_64-pc-windows-gnu', 'rankwise_linalg.dll'],
  'win32-arm64': ['aarch64-pc-windows-gnullvm', 'rankwise_linalg.dll'],
  wasm: ['wasm32-unknown-unknown', 'rankwise_linalg.wasm'],
};
export const kernelTargets = Object.keys(targets).filter((target) => target !== 'wasm');

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const packed = (target) => path.join(prebuilt, `${target}.br`);

/** What the binaries are made of: they are stale when this differs from the manifest's. */
export function sourceHash() {
  const sources = ['Cargo.toml', 'Cargo.lock', ...readdirSync(path.join(kernel, 'src')).map((name) => `src/${name}`)];
  const hash = createHash('sha256');
  for (const name of sources.sort()) hash.update(name).update(readFileSync(path.join(kernel, name)));
  return hash.digest('hex');
}

export const manifest = () => JSON.parse(readFileSync(manifestFile, 'utf8'));

/** @param {string} [target] a platform, default this one; where none is built for it, WebAssembly alone */
export function unpackKernels(into = path.join(root, 'dist/linalg'), target = `${process.platform}-${process.arch}`) {
  mkdirSync(into, { recursive: true });
  copyFileSync(path.join(linalg, 'lane.mjs'), path.join(into, 'lane.mjs'));
  unpack('wasm', path.join(into, 'kernel.wasm'));
  if (existsSync(packed(target))) unpack(target, path.join(into, 'native.node'));
}

function unpack(target, file) {
  const { sha256: wanted } = manifest().files[target];
  // A file in use stays as it is: on Windows it cannot be replaced, elsewhere its process would crash.
  if (existsSync(file) && sha256(readFileSync(file)) === wanted) return;
  const bytes = brotliDecompressSync(readFileSync(packed(target)));
  if (sha256(bytes) !== wanted)
    throw new Error(`${packed(target)} is damaged: its hash is not the one in kernels.json`);
  writeFileSync(file, bytes);
}

/**
 * On Windows the binding finds Node's functions in the running process; its build script wants a library of Node's to link all the same. An empty
 * one does, and nothing of it is imported.
 */
function standIn(out, triple) {
  const folder = path.join(out, `libnode-${triple}`);
  mkdirSync(folder, { recursive: true });
  const source = path.join(folder, 'empty.c');
  writeFileSync(source, 'void rankwise_stand_in(void) {}\n');
  const target = `${triple.split('-')[0]}-windows-gnu`;
  const args = ['cc', '-shared', '-target', target, source, '-o', path.join(folder, 'libnode.dll')];
  const [command, ...first] = (process.env.ZIG ?? 'zig').split(' ');
  const { status } = spawnSync(command, [...first, ...args, `-Wl,--out-implib,${path.join(folder, 'libnode.a')}`], {
    stdio: 'inherit',
  });
  if (status !== 0)
    throw new Error('zig made no stand-in for libnode.dll; name it with ZIG, such as ZIG="python3 -m ziglang"');
  return { LIBNODE_PATH: folder };
}

function build(names) {
  const files = existsSync(manifestFile) ? manifest().files : {};
  mkdirSync(prebuilt, { recursive: true });
  for (const name of names) {
    const [triple, library] = targets[name];
    const out = process.env.CARGO_TARGET_DIR ?? path.join(root, '.cache/kernel');
    const [command, features] = name === 'wasm' ? ['build', []] : ['zigbuild', ['--features', 'node']];
    // No path of the machine that builds stands in the result.
    const remap = [`--remap-path-prefix=${process.env.HOME}=~`, `--remap-path-prefix=${root}=.`];
    const own = {
      wasm: ['-Ctarget-feature=+simd128'],
      // Else the name in it is where it was linked.
      'darwin-arm64': ['-Clink-arg=-Wl,-install_name,@rpath/native.node'],
    };
    const flags = [...remap, ...(own[name] ?? [])];
    const { status } = spawnSync(
      'cargo',
      [command, '--release', '--locked', '--lib', '--target', triple, ...features],
      {
        cwd: kernel,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          ...process.env,
          ...(triple.includes('windows') && standIn(out, triple)),
          CARGO_TARGET_DIR: out,
          CARGO_ENCODED_RUSTFLAGS: flags.join('\u001f'),
        },
      },
    );
    if (status !== 0) throw new Error(`cargo ${command} failed for ${triple}`);
    const bytes = readFileSync(path.join(out, triple.replace(/\.[\d.]+$/, ''), 'release', library));
    writeFileSync(
      packed(name),
      brotliCompressSync(bytes, {
        params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
      }),
    );
    files[name] = { bytes: bytes.length, sha256: sha256(bytes), source: sourceHash() };
    console.log(`${name}: ${(bytes.length / 2 ** 20).toFixed(1)} MiB`);
    writeFileSync(manifestFile, `${JSON.stringify({ files }, null, 2)}\n`);
  }
  writeFileSync(path.join(prebuilt, 'notices.md'), crateNotices(kernel));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command, ...names] = process.argv.slice(2);
  const unknown = names.filter((name) => !(name in targets));
  if (!['build', 'unpack'].includes(command) || unknown.length) {
    console.error(`usage: node scripts/kernels.mjs build [${Object.keys(targets).join('|')} …] | unpack`);
    process.exit(2);
  }
  if (command === 'unpack') unpackKernels();
  else build(names.length ? names : Object.keys(targets));
}

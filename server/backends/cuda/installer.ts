/**
 * onnxruntime's CUDA provider for the onnxruntime that Rankwise ships: from the Python wheel of the same version, which is built from the same
 * sources, with NVIDIA's own wheels for what it needs. pip downloads them (through the proxy or mirror that it is set to) and checks the
 * sums below; nothing of them is run. onnxruntime looks for the provider beside itself, so a copy of it goes there too.
 */
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { pipDownload } from '../pip.ts';
import { findPython, namedPython } from '../python.ts';
import type { InstallContext, Installer } from '../types.ts';
import { ONNXRUNTIME, requirements, WHEELS, WHICH } from './wheels.ts';

const GiB = 2 ** 30;

export const cuda: Installer = {
  name: 'cuda',
  summary: 'onnxruntime on an NVIDIA GPU (Linux on x64, driver 580 or newer): a download of 1.3 GiB.',
  // The wheels, unpacked, and pip's copy while it unpacks.
  bytesNeeded: () => 6 * GiB,
  demandPlatform() {
    if (process.platform === 'linux' && process.arch === 'x64') return;
    throw new RankwiseError(
      'unsupported-platform',
      `CUDA for onnxruntime cannot be installed on ${process.platform} on ${process.arch}.`,
      { kind: 'runtime', hint: 'Use `webgpu`, which drives NVIDIA GPUs too, or `onnxruntime`, the default.' },
    );
  },
  satisfies: ({ versions }) => WHEELS.every(({ name, version }) => versions[name] === version),
  async fill(context) {
    const { folder, step } = context;
    const wheels = path.join(folder, 'wheels');
    step("Looking for NVIDIA's driver");
    await demandDriver(context);
    await download(context, wheels);
    step("Placing the libraries beside a copy of Rankwise's onnxruntime");
    place(wheels, folder);
    rmSync(wheels, { recursive: true });
    return {
      format: 1,
      name: 'cuda',
      variant: 'cuda',
      package: 'onnxruntime-node',
      versions: { 'onnxruntime-node': ONNXRUNTIME, ...Object.fromEntries(WHEELS.map((w) => [w.name, w.version])) },
    };
  },
};

/** Before anything is downloaded. Errors: `driver-missing`. */
async function demandDriver({ run }: InstallContext): Promise<void> {
  // Loaded by a process of its own: a library that is no extension of Node is refused after it has been loaded.
  const script = `try { process.dlopen({ exports: {} }, 'libcuda.so.1'); } catch ({ message }) {
    if (!message.startsWith('Module did not self-register')) { process.stderr.write(message); process.exitCode = 1; } }`;
  await run(process.execPath, ['-e', script], {
    env: process.versions.electron ? { ELECTRON_RUN_AS_NODE: '1' } : {},
    failure: {
      code: 'driver-missing',
      what: "Looking for NVIDIA's driver",
      hint: "Install NVIDIA's driver, 580 or newer, and see that `nvidia-smi` shows the GPU; containers need the NVIDIA container toolkit.",
    },
  });
}

/** Errors: those of finding a Python and of pip. */
async function download(context: InstallContext, wheels: string): Promise<void> {
  const { folder, request, run, step } = context;
  const python = await (request.python === undefined
    ? findPython(run, {
        names: ['python3', 'python'],
        serves: ({ version: [major] }) => major === 3,
        what: 'Python 3',
        why: 'the libraries come as Python packages',
      })
    : namedPython(run, request.python));
  step(`Downloading onnxruntime-gpu ${ONNXRUNTIME} and CUDA 13 with pip of ${python.executable} (1.3 GiB)`);
  const list = path.join(folder, 'requirements.txt');
  writeFileSync(list, requirements());
  await pipDownload(context, python, {
    what: 'Downloading CUDA for onnxruntime',
    hint: 'pip (21 or newer) must reach an index with these packages; another Python can be named with --python PATH.',
    args: ['--no-deps', ...WHICH, '--require-hashes', '-r', list],
    target: wheels,
  });
  rmSync(list);
}

/** `<folder>/lib`: onnxruntime with its provider; `<folder>/nvidia`: NVIDIA's libraries as their wheels have them. */
function place(wheels: string, folder: string): void {
  const lib = path.join(folder, 'lib');
  mkdirSync(lib);
  const packaged = packageFolder();
  for (const file of readdirSync(packaged)) copyFileSync(path.join(packaged, file), path.join(lib, file));
  for (const file of ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'])
    renameSync(path.join(wheels, 'onnxruntime', 'capi', file), path.join(lib, file));
  renameSync(path.join(wheels, 'nvidia'), path.join(folder, 'nvidia'));
}

function packageFolder(): string {
  const root = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return path.join(root, 'bin', 'napi-v6', process.platform, process.arch);
}

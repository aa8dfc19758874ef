/**
 * onnxruntime's CUDA provider for the onnxruntime that Rankwise ships: from the Python wheel of the same version, which is built from the same
 * sources, with NVIDIA's own wheels for what it needs. pip downloads them (through the proxy or mirror that it is set to) and checks the
 * sums below; nothing of them is run. onnxruntime looks for the provider beside itself, so a copy of it goes there too.
 */
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import type { InstallContext, Installer } from './types.ts';

const ONNXRUNTIME = '1.30.0';
/** Of the wheels for Linux on x64; tested together. */
const WHEELS: readonly { name: string; version: string; sha256: string }[] = [
  {
    name: 'onnxruntime-gpu',
    version: ONNXRUNTIME,
    sha256: '4fbf0c5d7b5fb99266c2e8a802e3e64af68bdc383e0f3c7349b985f1087eedaa',
  },
  {
    name: 'nvidia-cuda-runtime',
    version: '13.5.37',
    sha256: 'df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d',
  },
  {
    name: 'nvidia-cublas',
    version: '13.10.0.20',
    sha256: 'dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84',
  },
  {
    name: 'nvidia-curand',
    version: '10.4.5.25',
    sha256: '22bb226a857e5888fe6b54ae465fc4371296bcff13a35f79e19691bcf454f529',
  },
  {
    name: 'nvidia-cudnn-cu13',
    version: '9.28.1.4',
    sha256: 'a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec',
  },
];
/** The wheel's Python, whatever Python pip runs on: only native libraries are taken out of it. */
const WHEEL_PYTHON = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'none'];
const PLATFORMS = ['manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64'];
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
    if (!message.startsWith('Module did not self-register')) { console.error(message); process.exit(1); }
  }`;
  await run(process.execPath, ['-e', script], {
    env: process.versions.electron ? { ELECTRON_RUN_AS_NODE: '1' } : {},
    failure: {
      code: 'driver-missing',
      what: "Looking for NVIDIA's driver",
      hint: "Install NVIDIA's driver, 580 or newer, and see that `nvidia-smi` shows the GPU; containers need the NVIDIA container toolkit.",
    },
  });
}

/** Errors: `python-missing`, `pip-failed`, and those of the runner (`network`, `disk-full`, `stopped`). */
async function download({ folder, request, run, step }: InstallContext, wheels: string): Promise<void> {
  const python = request.python ?? 'python3';
  step(`Downloading onnxruntime-gpu ${ONNXRUNTIME} and CUDA 13 with pip of ${python} (1.3 GiB)`);
  const requirements = path.join(folder, 'requirements.txt');
  writeFileSync(requirements, WHEELS.map((w) => `${w.name}==${w.version} --hash=sha256:${w.sha256}\n`).join(''));
  // pip unpacks into the temporary folder first, which may be small.
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary);
  const quiet = ['--disable-pip-version-check', '--no-input', '--no-compile', '--no-deps', '--only-binary=:all:'];
  const which = [...WHEEL_PYTHON, ...PLATFORMS.flatMap((platform) => ['--platform', platform])];
  const what = ['--require-hashes', '-r', requirements, '--target', wheels];
  const failure = {
    code: 'pip-failed',
    what: 'Downloading CUDA for onnxruntime',
    hint: 'pip (21 or newer) must reach an index with these packages; another Python can be named with --python PATH.',
  };
  try {
    await run(python, ['-m', 'pip', 'install', ...quiet, ...which, ...what], { env: { TMPDIR: temporary }, failure });
  } catch (error) {
    if (!(error instanceof RankwiseError) || error.code !== 'program-missing') throw error;
    throw new RankwiseError('python-missing', `${python} was not found: the libraries come as Python packages.`, {
      kind: 'runtime',
      hint: 'Install Python with pip (Debian, Ubuntu: sudo apt install python3-pip), or name one with --python PATH.',
      cause: error,
    });
  }
  rmSync(temporary, { recursive: true });
  rmSync(requirements);
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

/**
 * @tensorflow/tfjs-node as it is on npm, with a TensorFlow of today under it: the package's own install script, which would download
 * libtensorflow of 2022, does not run; the libraries come from Python's wheel, and the binding is compiled against them.
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import type { InstallContext, Installer } from '../types.ts';
import { bindingSource, provideBinding } from './binding.ts';
import { provideLibraries } from './libraries.ts';
import { installPackage } from './package.ts';
import { choosePython } from './python.ts';
import { TENSORFLOW, TFJS_NODE } from './versions.ts';

const GiB = 2 ** 30;
const packageName = (cuda: boolean): string => `@tensorflow/tfjs-node${cuda ? '-gpu' : ''}`;

export const tensorflow: Installer = {
  name: 'tensorflow',
  summary: 'TensorFlow on the CPU, or with --cuda on an NVIDIA GPU (Linux).',
  bytesNeeded: ({ cuda, python }) => (python !== undefined ? 1 : cuda ? 12 : 3) * GiB,
  demandPlatform,
  satisfies: ({ variant, versions, python }, { cuda, python: wanted }) =>
    (wanted === undefined || python === wanted) &&
    variant === (cuda ? 'cuda' : 'cpu') &&
    versions[packageName(cuda)] === TFJS_NODE &&
    versions.tensorflow?.startsWith(`${TENSORFLOW}.`) === true,
  fill,
};

async function fill(context: InstallContext): ReturnType<Installer['fill']> {
  const { folder, request, step } = context;
  const name = packageName(request.cuda);
  // What may be missing is looked for before anything is downloaded.
  step('Looking for a Python and a C++ compiler');
  const [python, source] = [await choosePython(context), await bindingSource(context)];
  await installPackage(context, name);
  const home = path.join(folder, 'node_modules', name);
  const deps = path.join(home, 'deps');
  mkdirSync(path.join(deps, 'lib'), { recursive: true });
  const version = await provideLibraries(context, python, deps);
  await provideBinding(context, source, home);
  rmSync(path.join(deps, 'include'), { recursive: true, force: true });
  return {
    format: 1,
    name: 'tensorflow',
    variant: request.cuda ? 'cuda' : 'cpu',
    package: name,
    ...(request.python !== undefined && python.tensorflow !== null && { python: request.python }),
    versions: { tensorflow: version, [name]: TFJS_NODE },
  };
}

/** TensorFlow's wheels for Linux alone hold libraries to link with, and they are built for glibc. */
function demandPlatform({ cuda }: { cuda: boolean }): void {
  const { platform, arch } = process;
  const refuse = (where: string) =>
    new RankwiseError(
      'unsupported-platform',
      `TensorFlow${cuda ? ' with CUDA' : ''} cannot be installed on ${where}.`,
      {
        kind: 'runtime',
        hint: 'Use `onnxruntime`, the default, which needs nothing else.',
      },
    );
  if (platform !== 'linux') throw refuse(platform);
  if (arch !== 'x64' && (cuda || arch !== 'arm64')) throw refuse(`${platform} on ${arch}`);
  if (!usesGlibc()) throw refuse('a Linux without glibc');
}

function usesGlibc(): boolean {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime !== undefined;
}

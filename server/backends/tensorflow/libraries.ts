/** TensorFlow's libraries and headers, put where the binding looks for them: the package's folder `deps`. */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { pipDownload } from '../pip.ts';
import type { InstallContext } from '../types.ts';
import type { TensorFlowPython } from './python.ts';
import { TENSORFLOW } from './versions.ts';

export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

/**
 * From the environment that the request names, by links, if TensorFlow is in it; else downloaded by pip. Gives TensorFlow's version.
 * Errors: `tensorflow-incomplete`, `pip-missing`, `pip-failed`.
 */
export async function provideLibraries(
  context: InstallContext,
  python: TensorFlowPython,
  deps: string,
): Promise<string> {
  const { request, step } = context;
  if (request.python !== undefined && python.tensorflow !== null) {
    step(`Linking TensorFlow ${python.tensorflowVersion ?? ''} of ${python.executable}`);
    place(python.tensorflow, deps, (from, to) => symlinkSync(from, to));
    // An environment that does not tell is judged by what the library says when it starts.
    return python.tensorflowVersion ?? `${TENSORFLOW}.0`;
  }
  return download(context, deps, python);
}

/** Of what pip brings, only the libraries are kept. */
async function download(context: InstallContext, deps: string, python: TensorFlowPython): Promise<string> {
  const { folder, request, run, step } = context;
  const { cuda } = request;
  const wheels = path.join(folder, 'wheels');
  const name = cuda ? 'tensorflow[and-cuda]' : process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  step(`Downloading ${name} ${TENSORFLOW} with pip of ${python.executable}${cuda ? ' (several GiB)' : ''}`);
  await pipDownload(context, python, {
    what: `Downloading ${name}`,
    hint: `TensorFlow ${TENSORFLOW} must have a wheel for Python ${python.version.join('.')} and this machine; another Python can be named with --python.`,
    // Alone it is enough on the CPU; CUDA's libraries are dependencies.
    args: [...(cuda ? [] : ['--no-deps']), `${name}==${TENSORFLOW}.*`],
    target: wheels,
  });
  const version = await installedVersion(run, python.executable, wheels);
  place(path.join(wheels, 'tensorflow'), deps, renameSync);
  rmSync(wheels, { recursive: true });
  return version;
}

async function installedVersion(run: InstallContext['run'], python: string, wheels: string): Promise<string> {
  const ask =
    'import importlib.metadata as m, sys; print(next(d.version for d in m.distributions(path=[sys.argv[1]]) if d.metadata["Name"].lower().replace("_", "-") in ("tensorflow", "tensorflow-cpu")))';
  const failure = { code: 'pip-failed', what: 'Reading the version of TensorFlow', hint: 'Try again.' };
  return (await run(python, ['-c', ask, wheels], { failure })).trim();
}

/** `from` is the folder of Python's package `tensorflow`. CUDA's libraries are looked for beside the folder of TensorFlow's own. */
function place(from: string, deps: string, put: (from: string, to: string) => void): void {
  for (const library of LIBRARIES)
    if (!existsSync(path.join(from, library)))
      throw new RankwiseError('tensorflow-incomplete', `${from} has no ${library}: it cannot be linked with.`, {
        kind: 'runtime',
        hint: "Use TensorFlow's own wheel from PyPI, or leave out --python.",
      });
  mkdirSync(path.join(deps, 'lib'), { recursive: true });
  for (const library of LIBRARIES) put(path.join(from, library), path.join(deps, 'lib', library));
  put(path.join(from, 'include'), path.join(deps, 'include'));
  const nvidia = path.join(from, '..', 'nvidia');
  if (existsSync(nvidia)) put(nvidia, path.join(deps, 'nvidia'));
}

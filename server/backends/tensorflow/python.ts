/** A Python, and what of TensorFlow it has, found out without importing TensorFlow. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import type { Runner } from '../run.ts';
import type { InstallContext } from '../types.ts';
import { PYTHON_MINORS, TENSORFLOW } from './versions.ts';

export interface Python {
  executable: string;
  /** [3, 11]. */
  version: [number, number];
  hasPip: boolean;
  /** The folder of the package `tensorflow`. */
  tensorflow: string | null;
  /** Its version, where the environment tells. */
  tensorflowVersion: string | null;
}

const QUESTION = `
import importlib.metadata as metadata, importlib.util as util, json, sys
spec = util.find_spec('tensorflow')
version = None
for name in ('tensorflow', 'tensorflow-cpu', 'tensorflow-cpu-aws'):
    try:
        version = version or metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
folders = list(spec.submodule_search_locations or []) if spec else []
print(json.dumps({'executable': sys.executable, 'version': list(sys.version_info[:2]), 'hasPip': util.find_spec('pip') is not None,
                  'tensorflow': folders[0] if folders else None, 'tensorflowVersion': version}))
`;

/** The Python that the request names, or the first that serves. */
export const choosePython = ({ request, run }: InstallContext): Promise<Python> =>
  request.python === undefined ? foundPython(run) : namedPython(run, request.python);

/** The Python that a person named: an executable, or the folder of an environment. Errors: `python-missing`, `python-failed`, `tensorflow-version`. */
async function namedPython(run: Runner, given: string): Promise<Python> {
  const inside = path.join(given, 'bin', 'python');
  const executable = existsSync(given) && statSync(given).isDirectory() ? inside : given;
  const python = await ask(run, executable);
  if (python) return demandVersion(python);
  throw new RankwiseError('python-missing', `${given} is no Python: ${executable} cannot be run.`, {
    kind: 'runtime',
    hint: 'Name an executable (`which python3` shows one) or the folder of a virtual environment.',
  });
}

/** The first Python on the PATH that TensorFlow has a wheel for. Errors: `python-missing`, `python-failed`. */
async function foundPython(run: Runner): Promise<Python> {
  const seen: string[] = [];
  for (const name of ['python3', 'python', ...PYTHON_MINORS.toReversed().map((minor) => `python3.${minor}`)]) {
    const python = await ask(run, name);
    if (python && isSupported(python)) return python;
    if (python) seen.push(`${name} is ${python.version.join('.')}`);
  }
  const range = `3.${PYTHON_MINORS[0]} to 3.${PYTHON_MINORS.at(-1)}`;
  throw new RankwiseError(
    'python-missing',
    `No Python ${range} was found on the PATH${seen.length > 0 ? ` (${seen.join(', ')})` : ''}: TensorFlow's libraries come as its package.`,
    { kind: 'runtime', hint: 'Install one, or name one with --python PATH.' },
  );
}

const isSupported = ({ version: [major, minor] }: Python): boolean =>
  major === 3 && (PYTHON_MINORS as readonly number[]).includes(minor);

async function ask(run: Runner, executable: string): Promise<Python | undefined> {
  try {
    const failure = {
      code: 'python-failed',
      what: `Asking ${executable}`,
      hint: 'Name another one with --python PATH.',
    };
    return JSON.parse((await run(executable, ['-c', QUESTION], { failure })).trim().split('\n').at(-1)!) as Python;
  } catch (error) {
    if (error instanceof RankwiseError && error.code === 'program-missing') return undefined;
    throw error;
  }
}

/** Another TensorFlow than the tested one in the environment is refused; none at all is fine. */
function demandVersion(python: Python): Python {
  const { tensorflow, tensorflowVersion: version, executable } = python;
  if (tensorflow === null || version === null || version.startsWith(`${TENSORFLOW}.`)) return python;
  throw new RankwiseError('tensorflow-version', `${executable} has TensorFlow ${version}; ${TENSORFLOW} is needed.`, {
    kind: 'runtime',
    hint: `Run \`${executable} -m pip install 'tensorflow==${TENSORFLOW}.*'\`, or leave out --python.`,
  });
}

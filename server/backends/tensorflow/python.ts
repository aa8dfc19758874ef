/** A Python, and what of TensorFlow it has, found out without importing TensorFlow. */
import { RankwiseError } from '../../base/errors.ts';
import { findPython, namedPython, type Python } from '../python.ts';
import type { InstallContext } from '../types.ts';
import { PYTHON_MINORS, TENSORFLOW } from './versions.ts';

export interface TensorFlowPython extends Python {
  /** The folder of the package `tensorflow`. */
  tensorflow: string | null;
  /** Its version, where the environment tells. */
  tensorflowVersion: string | null;
}

const MORE = `
import importlib.metadata as metadata
spec = util.find_spec('tensorflow')
version = None
for name in ('tensorflow', 'tensorflow-cpu', 'tensorflow-cpu-aws'):
    try:
        version = version or metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
folders = list(spec.submodule_search_locations or []) if spec else []
answer.update({'tensorflow': folders[0] if folders else None, 'tensorflowVersion': version})
`;

/** The Python that the request names, or the first that serves. Errors: `python-missing`, `python-failed`, `tensorflow-version`. */
export async function choosePython({ request, run }: InstallContext): Promise<TensorFlowPython> {
  if (request.python !== undefined)
    return demandVersion(await namedPython<TensorFlowPython>(run, request.python, MORE));
  return findPython<TensorFlowPython>(run, {
    names: ['python3', 'python', ...PYTHON_MINORS.toReversed().map((minor) => `python3.${minor}`)],
    serves: ({ version: [major, minor] }) => major === 3 && (PYTHON_MINORS as readonly number[]).includes(minor),
    what: `Python 3.${PYTHON_MINORS[0]} to 3.${PYTHON_MINORS.at(-1)}`,
    why: "TensorFlow's libraries come as its package",
    more: MORE,
  });
}

/** Another TensorFlow than the tested one in the environment is refused; none at all is fine. */
function demandVersion(python: TensorFlowPython): TensorFlowPython {
  const { tensorflow, tensorflowVersion: version, executable } = python;
  if (tensorflow === null || version === null || version.startsWith(`${TENSORFLOW}.`)) return python;
  throw new RankwiseError('tensorflow-version', `${executable} has TensorFlow ${version}; ${TENSORFLOW} is needed.`, {
    kind: 'runtime',
    hint: `Run \`${executable} -m pip install 'tensorflow==${TENSORFLOW}.*'\`, or leave out --python.`,
  });
}

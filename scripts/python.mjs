// A Python with PyTorch, transformers and PEFT for the benchmarks and the interop test: that of $RANKWISE_PYTHON, else a virtual environment with
// pinned versions in the tool cache, made once. Run alone, it prepares it and prints the interpreter's path. PyTorch comes as the build for
// the CPU alone (`+cpu`) where pip's package index has it; the plain wheel for Linux brings gigabytes of CUDA and holds more memory.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { install, sh, ToolMissing } from './tools.mjs';

/** Exact versions: a new one is taken on purpose, after benchmark and interop test have run on it. */
const torch = '2.13.0';
const packages = ['transformers==5.18.0', 'peft==0.21.0', 'safetensors==0.8.0'];

const executable = (folder) =>
  process.platform === 'win32' ? path.join(folder, 'Scripts', 'python.exe') : path.join(folder, 'bin', 'python');

const runs = (python, code) => spawnSync(python, ['-c', code]).status === 0;

/** A Python 3.10 or newer with the module venv, to make the environment from. */
function system() {
  const found = ['python3', 'python'].find((name) =>
    runs(name, 'import sys, venv; assert sys.version_info >= (3, 10)'),
  );
  if (found) return found;
  throw new ToolMissing('No Python 3.10 or newer with venv was found; name one that has torch with RANKWISE_PYTHON.');
}

/** The interpreter's path. Throws ToolMissing where the named one lacks a package, or none could be installed. */
export function ensurePython() {
  const named = process.env.RANKWISE_PYTHON;
  if (named) {
    if (runs(named, 'import torch, transformers, peft, safetensors')) return named;
    throw new ToolMissing(`RANKWISE_PYTHON (${named}) has no torch, transformers, peft and safetensors.`);
  }
  const folder = install(`python-torch-${torch}`, (to) => {
    sh(system(), ['-m', 'venv', to]);
    const pip = (...wanted) =>
      sh(executable(to), [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--no-cache-dir',
        '--disable-pip-version-check',
        ...wanted,
      ]);
    try {
      pip(`torch==${torch}+cpu`);
    } catch {
      // No such build in the index, as on macOS, whose plain wheel is one for the CPU.
      pip(`torch==${torch}`);
    }
    pip(...packages);
  });
  const python = executable(folder);
  // A virtual environment is a link to the Python that made it, which an update of the system may take away.
  if (existsSync(python) && runs(python, '0')) return python;
  throw new ToolMissing(`${python} does not start any more; remove ${folder} to have it made again.`);
}

if (import.meta.filename === process.argv[1] || process.argv[1]?.endsWith('python.mjs')) console.log(ensurePython());

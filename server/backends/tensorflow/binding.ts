import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { orMissing } from '../run.ts';
import type { InstallContext } from '../types.ts';
import { LIBRARIES } from './libraries.ts';

const SOURCES = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];

export interface BindingSource {
  given?: string;
  compiler?: string;
}

/**
 * The package's native part, unmodified, from its C++ sources; or the one that the request names. `home` is the package's folder.
 * Errors: `compile-failed`.
 */
export async function provideBinding(
  { folder, run, step }: InstallContext,
  { given, compiler }: BindingSource,
  home: string,
): Promise<void> {
  // Where the package looks for it under every Node that has Node-API 8 (12.22 and newer).
  const target = path.join(home, 'lib', 'napi-v8', 'tfjs_binding.node');
  mkdirSync(path.dirname(target), { recursive: true });
  if (given !== undefined) {
    step(`Taking the binding ${given}`);
    return copyFileSync(given, target);
  }
  const headers = path.join(folder, 'node_modules', 'node-api-headers', 'include');
  step(`Compiling its binding with ${compiler}`);
  const args = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
    ...['-I..', `-I${headers}`, '-Ideps/include', ...SOURCES, '-o', target, '-Ldeps/lib'],
    ...LIBRARIES.map((library) => `-l:${library}`),
    '-Wl,-rpath,$ORIGIN/../../deps/lib',
  ];
  const failure = {
    code: 'compile-failed',
    what: 'Compiling the binding',
    hint: 'It needs C++17 (GCC 9, Clang 10 or newer); set CXX to choose a compiler.',
  };
  await run(compiler!, args, { cwd: home, failure });
}

/** The compiled binding that a person named, or the compiler to be used. Errors: `binding-missing`, `compiler-missing`. */
export async function bindingSource({ request: { binding }, run }: InstallContext): Promise<BindingSource> {
  if (binding === undefined) return { compiler: await findCompiler(run) };
  if (existsSync(binding)) return { given: binding };
  throw new RankwiseError('binding-missing', `There is no file ${binding}.`, {
    file: binding,
    hint: 'Name a tfjs_binding.node that was compiled for TensorFlow 2.21.',
  });
}

async function findCompiler(run: InstallContext['run']): Promise<string> {
  for (const name of [process.env.CXX, 'c++', 'g++', 'clang++']) {
    if (!name) continue;
    const failure = { code: 'compiler-missing', what: `Asking ${name}`, hint: 'Set CXX to a C++ compiler.' };
    if ((await orMissing(run(name, ['--version'], { failure }))) !== undefined) return name;
  }
  throw new RankwiseError(
    'compiler-missing',
    'No C++ compiler was found; the binding to TensorFlow is compiled here.',
    {
      kind: 'runtime',
      hint: 'Install one (Debian, Ubuntu: sudo apt install g++; Fedora: sudo dnf install gcc-c++), or name a compiled binding with --binding FILE.',
    },
  );
}

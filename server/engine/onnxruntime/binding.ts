import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { RankwiseError } from '../../base/errors.ts';

/** The version whose synchronous binding is tested: it is not public API of onnxruntime-node. */
export const ONNXRUNTIME_VERSION = '1.30.0';

/** What to do where the native library does not load. */
export const REINSTALL =
  `Install onnxruntime-node ${ONNXRUNTIME_VERSION} again (npm ci, or reinstall the extension for this platform): it carries ` +
  'native libraries for Linux (x64, arm64; glibc), macOS (arm64) and Windows (x64, arm64).';

/** Whether a loader's message is about the library itself, and not about a device. */
export const isOfLibrary = (message: string): boolean =>
  /onnxruntime_binding\.node|libonnxruntime\.|onnxruntime\.dll|'onnxruntime-(node|common)/.test(message);

/** What the binding reads of a tensor; `data` is used in place, as input or preallocated output. */
export interface OrtTensor {
  type: 'float32' | 'float16' | 'int8' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'bool';
  dims: readonly number[];
  data: Float32Array | Int8Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array;
  location: 'cpu';
}

export interface NativeSession {
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void;
  /** Blocks until the outputs lie in the tensors of `fetches`; null: the library allocates. Then copies all of them for its answer. */
  run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor | null>, options: object): object;
  dispose(): void;
}

export interface Binding {
  createSession(): NativeSession;
  /** Execution providers that the native library was built with. */
  providers: string[];
}

let loaded: Binding | undefined;

/**
 * Loads onnxruntime's native library, once.
 * @param copy the native binding of a copy of the package's library, which has more beside it. It must be asked for first.
 * @throws RankwiseError `backend-unavailable` where the package is missing, of another version, or its library does not load.
 */
export function loadBinding(copy?: string): Binding {
  loaded ??= load(copy);
  return loaded;
}

interface Native {
  InferenceSession: new () => NativeSession;
  listSupportedBackends(): { name: string }[];
}

function load(copy?: string): Binding {
  const require = createRequire(import.meta.url);
  try {
    const { version } = require('onnxruntime-node/package.json') as { version: string };
    if (version !== ONNXRUNTIME_VERSION)
      throw new Error(`version ${version} of onnxruntime-node is installed, ${ONNXRUNTIME_VERSION} is needed`);
    const binding = copy === undefined ? packaged(require) : copied(require, copy);
    return {
      createSession: () => new binding.InferenceSession(),
      providers: binding.listSupportedBackends().map(({ name }) => name),
    };
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]!;
    throw new RankwiseError('backend-unavailable', `onnxruntime cannot start: ${reason}`, {
      kind: 'runtime',
      hint: REINSTALL,
      cause: error,
    });
  }
}

function packaged(require: NodeJS.Require): Native {
  const { binding, initOrt } = require('onnxruntime-node/dist/binding') as { binding: Native; initOrt(): void };
  initOrt();
  return binding;
}

const WARNINGS = 2;

/** What the package does with its own binding. */
function copied(require: NodeJS.Require, file: string): Native {
  const { Tensor } = createRequire(require.resolve('onnxruntime-node'))('onnxruntime-common') as { Tensor: unknown };
  const module = { exports: {} as Native & { initOrtOnce(level: number, tensor: unknown, isMain: boolean): void } };
  process.dlopen(module, file);
  module.exports.initOrtOnce(WARNINGS, Tensor, isMainThread);
  return module.exports;
}

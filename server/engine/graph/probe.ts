/** Starts a provider in a process of its own and lets it multiply: a driver that crashes takes that process along only. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { encodeModel } from '../onnx/model.ts';
import { LOAD_FOR_GOOD, preload } from './preload.ts';

export interface ProbeOptions {
  /** Libraries to be loaded first, each entry the places where one may be: the first that loads is taken. */
  libraries: readonly (readonly string[])[];
  /** The native binding, where it is not the package's own. */
  binding?: string;
  /** Of the native session. */
  session: object;
  environment?: NodeJS.ProcessEnv;
}

export interface ProbeResult {
  /** [1 2; 3 4]·[1 1; 1 1] should come out as 3, 3, 7, 7. */
  product?: number[];
  /** What was thrown instead, or how the process ended. */
  thrown?: string;
  died?: string;
  /** What the system said of each of `libraries` that did not load. */
  missing: string[];
  /** What the libraries told, the log of onnxruntime and of Vulkan's loader. */
  log: string;
}

/** A GPU that sleeps wakes up and compiles a shader in a second or two. */
const PATIENCE_MS = 60_000;

const MODEL = encodeModel({
  inputs: ['a', 'b'].map((name) => ({ name, type: 'float32', shape: [2, 2] })),
  outputs: [{ name: 'y', type: 'float32', shape: [2, 2] }],
  nodes: [{ op: 'MatMul', inputs: ['a', 'b'], outputs: ['y'] }],
});

export async function probe({ libraries, binding, session, environment }: ProbeOptions): Promise<ProbeResult> {
  let packaged: string;
  try {
    packaged = createRequire(import.meta.url).resolve('onnxruntime-node/dist/binding');
  } catch (error) {
    return { thrown: (error as Error).message, missing: [], log: '' };
  }
  const given = {
    libraries,
    flags: LOAD_FOR_GOOD,
    binding: binding ?? null,
    package: packaged,
    session,
    model: Buffer.from(MODEL).toString('base64'),
  };
  const script = `
    const preload = ${preload};
    const given = ${JSON.stringify(given)};
    const missing = [];
    const answer = (value) => process.stdout.write('\\n' + JSON.stringify({ ...value, missing }) + '\\n', () => process.exit(0));
    try {
      for (const places of given.libraries) {
        let said;
        if (!places.some((file) => (said = preload(file, given.flags)) === undefined)) missing.push(said);
      }
      const require = module.constructor.createRequire(given.package);
      const { Tensor, env } = require('onnxruntime-common');
      const native = { exports: {} };
      if (given.binding === null) {
        env.logLevel = 'verbose';
        const { binding, initOrt } = require(given.package);
        initOrt();
        native.exports = binding;
      } else {
        process.dlopen(native, given.binding);
        native.exports.initOrtOnce(0, Tensor, true);
      }
      const model = Uint8Array.from(Buffer.from(given.model, 'base64'));
      const session = new native.exports.InferenceSession();
      session.loadModel(model.buffer, 0, model.byteLength, given.session);
      const matrix = (...data) => new Tensor('float32', Float32Array.from(data), [2, 2]);
      const { y } = session.run({ a: matrix(1, 2, 3, 4), b: matrix(1, 1, 1, 1) }, { y: null }, {});
      answer({ product: Array.from(y.data) });
    } catch (error) {
      answer({ thrown: String(error?.message ?? error) });
    }`;
  const env = { ...process.env, ...environment, ...(process.versions.electron && { ELECTRON_RUN_AS_NODE: '1' }) };
  return new Promise((resolve) => {
    const settings = { env, timeout: PATIENCE_MS, killSignal: 'SIGKILL', maxBuffer: 2 ** 24 } as const;
    execFile(process.execPath, ['-e', script], settings, (error, stdout, stderr) => {
      const how = error?.killed
        ? `did not answer within ${PATIENCE_MS / 1000} s`
        : error?.signal
          ? `crashed (${error.signal})`
          : `ended without an answer (exit code ${error?.code ?? 0})`;
      resolve({
        ...(parse(stdout.trim().split('\n').at(-1) ?? '') ?? { died: how, missing: [] }),
        log: stdout + stderr,
      });
    });
  });
}

function parse(line: string): Omit<ProbeResult, 'log'> | undefined {
  try {
    return JSON.parse(line) as Omit<ProbeResult, 'log'>;
  } catch {
    return undefined; // the process ended before
  }
}

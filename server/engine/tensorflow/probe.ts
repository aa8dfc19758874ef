/** Loads TensorFlow in a process of its own and lets it multiply: a native library that crashes takes that process along only. */
import { execFile } from 'node:child_process';
import { type LoadOptions, loadTfjsNode } from './load.ts';

export type ProbeResult =
  | { version: string; gpu: boolean; product: number[] }
  /** What was thrown. */
  | { thrown: string }
  /** How the process ended instead of answering, and its last words. */
  | { died: string; printed: string };

/** Loading takes a second; a file system that is asleep, some more. */
const PATIENCE_MS = 120_000;

/** [1 2; 3 4]·[1 1; 1 1] should come out as 3, 3, 7, 7. */
export function probe(options: LoadOptions): Promise<ProbeResult> {
  const script = `
    const load = ${loadTfjsNode};
    const answer = (value) => process.stdout.write('\\n' + JSON.stringify(value) + '\\n', () => process.exit(0));
    try {
      const tf = load(require('node:module').createRequire, ${JSON.stringify(options)});
      const { binding, isUsingGpuDevice } = tf.backend();
      const product = tf.matMul([[1, 2], [3, 4]], [[1, 1], [1, 1]]).dataSync();
      answer({ version: binding.TF_Version, gpu: isUsingGpuDevice, product: Array.from(product) });
    } catch (error) {
      answer({ thrown: String(error?.message ?? error) });
    }`;
  const environment = { ...process.env, ...(process.versions.electron && { ELECTRON_RUN_AS_NODE: '1' }) };
  return new Promise((resolve) => {
    const settings = { env: environment, timeout: PATIENCE_MS, killSignal: 'SIGKILL', maxBuffer: 2 ** 24 } as const;
    execFile(process.execPath, ['-e', script], settings, (error, stdout, stderr) => {
      const answer = parse(stdout.trim().split('\n').at(-1) ?? '');
      if (answer) return resolve(answer);
      const how = error?.killed
        ? `did not answer within ${PATIENCE_MS / 1000} s`
        : error?.signal
          ? `crashed (${error.signal})`
          : `ended without an answer (exit code ${error?.code ?? 0})`;
      resolve({ died: how, printed: stderr.trim().split('\n').at(-1) ?? '' });
    });
  });
}

function parse(line: string): ProbeResult | undefined {
  try {
    return JSON.parse(line) as ProbeResult;
  } catch {
    return undefined;
  }
}

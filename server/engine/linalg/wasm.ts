/** The same kernel as WebAssembly, for platforms without a native one: a thread a lane, about twice the time. */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type Answer, type Call, type Lane, partLengths } from './calls.ts';
import { kernelFile } from './files.ts';

let compiled: WebAssembly.Module | undefined;

export function wasmLane(): Lane {
  compiled ??= new WebAssembly.Module(readFileSync(kernelFile('kernel.wasm')));
  let worker: Worker | undefined;
  return {
    run(call: Call): Promise<Answer> {
      worker ??= new Worker(kernelFile('lane.mjs'), { workerData: compiled, execArgv: [] });
      const current = worker;
      return new Promise((resolve, reject) => {
        const onExit = (code: number) => settle(() => reject(new Error(`the lane ended (${code})`)));
        const onError = (error: Error) => settle(() => reject(error));
        const settle = (then: () => void) => {
          current.off('exit', onExit).off('error', onError).removeAllListeners('message');
          current.unref();
          then();
        };
        current.once('exit', onExit).once('error', onError);
        current.once('message', (answer: Answer) => settle(() => resolve(answer)));
        current.ref();
        current.postMessage({ ...call, lengths: partLengths(call) });
      });
    },
    end() {
      void worker?.terminate();
      worker = undefined;
    },
  };
}

// A lane of the WebAssembly kernel: one call a message. Plain JavaScript, since threads start from files that need no build.
import { parentPort, workerData } from 'node:worker_threads';

/** WebAssembly's memory never shrinks: beyond this many bytes the next call gets a fresh one. */
const LARGE = 512 * 2 ** 20;
let instance;

parentPort.on('message', (call) => {
  let answer;
  try {
    if (!instance || instance.exports.memory.buffer.byteLength > LARGE) instance = new WebAssembly.Instance(workerData);
    answer = compute(instance.exports, call);
  } catch (error) {
    instance = undefined; // a trap leaves its memory in an unknown state
    answer = { outcome: { failure: error.message }, parts: [] };
  }
  parentPort.postMessage(
    answer,
    answer.parts.map((part) => part.buffer),
  );
});

function compute(kernel, call) {
  const { kind, a, m, n, lengths } = call;
  const regions = [a.length, ...lengths].map((length) => ({ length, at: kernel.allocate(length) }));
  const values = ({ at, length }) => new Float32Array(kernel.memory.buffer, at, length);
  values(regions[0]).set(a);
  const settings = kind === 'truncated' ? [call.rank, call.oversampling, call.iterations, call.seed] : [];
  const status = kernel[kind](regions[0].at, m, n, ...settings, ...regions.slice(1).map(({ at }) => at));
  const [first, second] = new Float64Array(kernel.memory.buffer, kernel.report(), 2);
  const outcome =
    status === 0
      ? { residual: first, orthogonality: second }
      : status === 1
        ? { failure: 'not-finite', count: first, first: second }
        : { failure: 'no-convergence' };
  const parts = status === 0 ? regions.slice(1).map((region) => values(region).slice()) : [];
  for (const { at, length } of regions) kernel.release(at, length);
  return { outcome, parts };
}

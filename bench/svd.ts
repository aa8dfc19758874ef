/** Rankwise's side of the SVD benchmark: `svd.mjs CASE.json`. Its last line is JSON. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type LinalgKernel, type Matrix, type Svd, startLinalg } from '../server/engine/linalg/index.ts';

interface Case {
  file: string;
  shapes: [number, number][];
  operation: 'full' | 'values' | 'truncated';
  threads: number;
  kernel: LinalgKernel;
  rank?: number;
  oversampling?: number;
  iterations?: number;
  result?: string;
}

const given = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Case;
const { rank = 1, oversampling, iterations } = given;
const bytes = readFileSync(given.file);
let at = 0;
const matrices = given.shapes.map(([rows, columns]): Matrix => {
  const data = new Float32Array(bytes.buffer, bytes.byteOffset + 4 * at, rows * columns).slice();
  at += rows * columns;
  return { rows, columns, data };
});
const linalg = await startLinalg({ kernel: given.kernel, lanes: given.threads });
// Many matrices go side by side, one a core; a single one gets all of them.
const options = { threads: matrices.length > 1 ? 1 : given.threads };
const settings = {
  ...options,
  ...(oversampling !== undefined && { oversampling }),
  ...(iterations !== undefined && { iterations }),
};
const operations: Record<Case['operation'], (w: Matrix) => Promise<Pick<Svd, 's'> & Partial<Svd>>> = {
  full: (w: Matrix) => linalg.svd(w, options),
  values: async (w: Matrix) => ({ s: await linalg.singularValues(w, options) }),
  truncated: (w: Matrix) => linalg.truncatedSvd(w, rank, settings),
};
const run = operations[given.operation];
await run(matrices[0]!);
const began = performance.now();
const found = await Promise.all(matrices.map(run));
const seconds = (performance.now() - began) / 1000;
const last = found.at(-1)!;
if (given.result !== undefined && last.u && last.vt)
  writeFileSync(
    given.result,
    Buffer.concat([last.u, { data: last.s }, last.vt].map(({ data }) => Buffer.from(data.buffer))),
  );
const largest = (name: 'residual' | 'orthogonality') => Math.max(...found.map((each) => each[name]!));
console.log(
  JSON.stringify({
    seconds,
    values: [...last.s.subarray(0, 8)],
    ...(last.u && { residual: largest('residual'), orthogonality: largest('orthogonality') }),
  }),
);
await linalg.close();

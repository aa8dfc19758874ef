/**
 * A process that fills a cache, `fork`ed by the tests: `slow`, so that the writes of several overlap, or `half`, stopping in the middle
 * of its third entry to be killed there.
 */
import { open } from 'node:fs/promises';
import { Random } from '../../../server/base/random.ts';
import { openFactors } from '../../../server/factors/index.ts';
import { jacobi } from './jacobi.ts';

const [home, mode] = process.argv.slice(2) as [string, 'slow' | 'half'];
const side = 24;

const handle = await open(process.argv[1]!);
const prototype = Object.getPrototypeOf(handle) as typeof handle;
await handle.close();
const write = prototype.write as (bytes: Uint8Array, at: number, length: number) => Promise<{ bytesWritten: number }>;
let kept = 0;
prototype.write = async function (this: typeof handle, bytes: Uint8Array, at: number, length: number) {
  if (mode === 'half' && kept === 2 && length > 1000) {
    await write.call(this, bytes, at, length / 2);
    await this.sync();
    process.send!('half');
    await new Promise(() => {});
  }
  await new Promise((resolve) => setTimeout(resolve, 2));
  return write.call(this, bytes, at, length);
} as typeof handle.write;

const warnings: string[] = [];
const linalg = jacobi();
const factors = openFactors({
  home,
  engine: { start: async () => linalg, version: () => linalg.version },
  onWarning: ({ code }) => warnings.push(code),
});
// Keeps the process alive while it waits to be killed.
const alive = setInterval(() => {}, 1000);
for (let seed = 0; seed < 6; seed++, kept++) {
  const random = Random.seeded(seed, 'writers');
  const data = Float32Array.from({ length: side * side }, () => random.normal());
  await factors.svd({ rows: side, columns: side, data });
}
clearInterval(alive);
process.send!({ warnings, computed: linalg.calls.length }, () => process.disconnect());

// Time and memory of reading large data files: `node bench/data-files.mjs [--mb 300] [--python PATH]` after `npm run build`. The files are
// made under the system's temporary folder by Python with pyarrow, and removed. Each is read in a process of its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: { mb: { type: 'string', default: '300' }, python: { type: 'string', default: 'python3' } },
});

/** Rows of about two kilobytes, one at a time, so that making them takes little memory too. */
const writer = `
import random, sys
import pyarrow as pa, pyarrow.parquet as pq, pyarrow.ipc as ipc
folder, mb = sys.argv[1], int(sys.argv[2])
random.seed(0)
words = [bytes(random.choices(b"abcdefghijklmnopqrstuvwxyz", k=random.randint(2, 9))).decode() for _ in range(20000)]
def batch(rows):
    turns = [[{"role": "user", "content": " ".join(random.choices(words, k=60))}, {"role": "assistant", "content": " ".join(random.choices(words, k=200))}] for _ in range(rows)]
    return pa.table({"id": list(range(rows)), "text": [" ".join(random.choices(words, k=60)) for _ in range(rows)], "messages": turns})
first = batch(1000)
number = max(1, mb * 2**20 // first.nbytes)
batches = [first] + [batch(1000) for _ in range(min(20, number - 1))]
with pq.ParquetWriter(folder + "/groups.parquet", first.schema, compression="snappy") as out:
    for i in range(number): out.write_table(batches[i % len(batches)])
# One row group for all rows, as pandas writes: it is never in memory at once.
whole = pa.concat_tables([batches[i % len(batches)] for i in range(number)])
pq.write_table(whole, folder + "/one-group.parquet", compression="zstd", row_group_size=len(whole), use_dictionary=False)
with ipc.new_stream(folder + "/stream.arrow", first.schema) as out:
    for i in range(number): out.write_table(batches[i % len(batches)], max_chunksize=1000)
`;

const reader = `
import { readRows } from ${JSON.stringify(path.join(root, 'server/datafiles/formats.ts'))};
import { readHead } from ${JSON.stringify(path.join(root, 'server/datafiles/head.ts'))};
const [file, columns] = process.argv.slice(2);
const peak = () => process.resourceUsage().maxRSS / 1024;
const before = peak();
let begin = performance.now();
const head = await readHead(file, { rows: 200 });
const first = performance.now() - begin;
begin = performance.now();
await readHead(file, { rows: 200 });
const again = performance.now() - begin;
begin = performance.now();
let rows = 0;
for await (const row of readRows(file, columns ? { columns: columns.split(',') } : {})) rows++;
console.log(JSON.stringify({ rows, head: head.rows.length, first, again, seconds: (performance.now() - begin) / 1000, before, peak: peak() }));
`;

const folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-data-'));
try {
  writeFileSync(path.join(folder, 'write.py'), writer);
  const made = spawnSync(options.python, [path.join(folder, 'write.py'), folder, options.mb], { stdio: 'inherit' });
  if (made.status !== 0) throw new Error('Python could not write the files: it needs pyarrow.');
  const program = path.join(folder, 'read.mjs');
  await build({
    stdin: { contents: reader, resolveDir: root },
    ...{ bundle: true, platform: 'node', format: 'esm', outfile: program, logLevel: 'error' },
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
  for (const [name, columns] of [
    ['groups.parquet'],
    ['groups.parquet', 'text'],
    ['one-group.parquet'],
    ['stream.arrow'],
  ]) {
    const file = path.join(folder, name);
    const { stdout, stderr } = spawnSync(process.execPath, [program, file, ...(columns ? [columns] : [])], {
      encoding: 'utf8',
    });
    if (!stdout) throw new Error(stderr);
    const { rows, head, first, again, seconds, before, peak } = JSON.parse(stdout);
    const mb = statSync(file).size / 2 ** 20;
    console.log(
      `${`${name}${columns ? ` (${columns})` : ''}`.padEnd(24)} ${mb.toFixed(0)} MiB, ${rows} rows: ` +
        `head of ${head} rows ${first.toFixed(0)} ms, again ${again.toFixed(0)} ms; all ${seconds.toFixed(1)} s (${(mb / seconds).toFixed(0)} MiB/s); ` +
        `peak ${peak.toFixed(0)} MiB, ${before.toFixed(0)} before`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// How fast data becomes tokens on disk and is read back in shuffled order, and how much memory that takes: `node bench/data-store.mjs [--mb 300]`.
// Each figure is of a process of its own: the first encodes, the second takes what was kept, the third packs.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, workFolder } from './processes.mjs';

const { values } = parseArgs({ options: { mb: { type: 'string', default: '300' } } });
const size = Number(values.mb) * 1e6;
const folder = workFolder('bench-data');
try {
  const program = await bundle('bench/data-store.ts', folder);
  const file = path.join(folder, 'data.jsonl');
  writeData(file, size);
  console.log('                 encode                     read an epoch, shuffled');
  for (const [name, packing] of [
    ['first run', 'no'],
    ['second run', 'no'],
    ['packed', 'yes'],
  ]) {
    const output = execFileSync(process.execPath, [program, file, path.join(folder, 'home'), packing], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const { bytes, tokens, examples, rows, cached, encoded, planned, read } = JSON.parse(output);
    const mb = (n) => (n / 1e6).toFixed(0);
    const packed = rows === examples ? '' : `, ${rows} rows planned in ${planned.seconds.toFixed(2)} s`;
    const took = cached
      ? `${encoded.seconds.toFixed(2)} s, kept`
      : `${encoded.seconds.toFixed(1)} s, ${mb(bytes / encoded.seconds)} MB/s`;
    console.log(
      `${name.padEnd(12)} ${took.padStart(20)}, peak ${mb(encoded.peak)} MB   ${read.seconds.toFixed(1)} s, ` +
        `${mb((4 * tokens) / read.seconds)} MB/s of tokens, peak ${mb(read.peak)} MB   (${examples} examples, ${mb(tokens)} M tokens${packed})`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Rows of 20 to 400 token ids of a vocabulary of 32,000. */
function writeData(file, bytes) {
  const fd = openSync(file, 'w');
  let seed = 1;
  const random = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % below;
  };
  const ids = Array.from({ length: 1 << 16 }, () => random(32_000));
  for (let written = 0; written < bytes; ) {
    let part = '';
    for (let i = 0; i < 200; i++) {
      const from = random(60_000);
      part += `{"input_ids":[${ids.slice(from, from + 20 + random(381))}]}\n`;
    }
    written += writeSync(fd, part);
  }
  closeSync(fd);
}

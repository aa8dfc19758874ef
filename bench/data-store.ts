/** The work of data-store.mjs: `FILE HOME PACKING`; encodes a file, or takes what was kept, then reads an epoch in shuffled order. */
import { statSync } from 'node:fs';
import { collate } from '../server/data/batches.ts';
import { encodeFiles } from '../server/data/encode.ts';
import { epochOrder } from '../server/data/order.ts';
import { PackedExamples } from '../server/data/packing.ts';
import type { Tokenizer } from '../server/data/tokenizer.ts';

const [file, home, packing] = process.argv.slice(2) as [string, string, string];
const maxLength = 512;
const batchSize = 16;

let peak = 0;
const look = () => {
  peak = Math.max(peak, process.memoryUsage().rss);
};
setInterval(look, 20).unref();

async function timed<T>(work: () => T | Promise<T>): Promise<{ value: T; seconds: number; peak: number }> {
  peak = 0;
  look();
  const began = performance.now();
  const value = await work();
  const seconds = (performance.now() - began) / 1000;
  look();
  return { value, seconds, peak };
}

/** Rows are token ids: what is measured is the store, not a tokenizer. */
const tokenizer = (): Tokenizer => {
  throw new Error('the rows are tokens');
};

const encoded = await timed(() =>
  encodeFiles(file, {
    task: 'causal-lm',
    columns: {},
    maxLength,
    vocabSize: 32_000,
    tokenizer,
    cache: { home, version: 'bench' },
  }),
);
const { examples, tokens, cached } = encoded.value;
const planned = await timed(() => (packing === 'yes' ? new PackedExamples(examples, maxLength) : examples));
const rows = planned.value;
const read = await timed(async () => {
  const order = epochOrder(rows, 0, { seed: 42, shuffle: true });
  let seen = 0;
  for (let at = 0; at < order.length; at += batchSize) {
    const numbers = order.slice(at, Math.min(at + batchSize, order.length));
    seen += collate(
      numbers.map((i) => rows.at(i)!),
      { padTokenId: 0, task: 'causal-lm' },
    ).tokens;
    if (at % 1024 === 0) await new Promise(setImmediate);
  }
  if (seen !== tokens) throw new Error(`read ${seen} of ${tokens} tokens`);
  return seen;
});
const part = ({ seconds, peak }: { seconds: number; peak: number }) => ({ seconds, peak });
const facts = { examples: examples.length, rows: rows.length, tokens, cached, bytes: statSync(file).size };
process.stdout.write(
  `${JSON.stringify({ ...facts, encoded: part(encoded), planned: part(planned), read: part(read) })}\n`,
);

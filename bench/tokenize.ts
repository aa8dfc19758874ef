// Rankwise's side of bench/tokenize.mjs: `TEXTS TOKENIZER`; the last line of output is JSON.
import { readFileSync } from 'node:fs';
import type { Definition } from '../server/data/tokenizer/definition.ts';
import { Pipeline } from '../server/data/tokenizer/pipeline.ts';

const [textsFile, file] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(textsFile!, 'utf8')) as string[];
const pipeline = new Pipeline(JSON.parse(readFileSync(file!, 'utf8')) as Definition);
for (const text of texts.slice(0, 200)) pipeline.encode(text);
const began = performance.now();
let sum = 0;
for (const text of texts) for (const id of pipeline.encode(text)) sum += id;
const seconds = (performance.now() - began) / 1000;
console.log(
  JSON.stringify({ rate: texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0) / seconds / 1e6, sum }),
);

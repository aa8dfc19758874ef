/**
 * Makes examples/quickstart, and the data of examples/classification: data, tokenizer, and a language model trained from random weights with this project's own `full`
 * method. `--data-only` stops before training. Run it as `npm run quickstart:make`; the result depends on the seed alone (weights: on
 * the machine's arithmetic too).
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { replaceFile } from '../../server/base/files.ts';
import { writeModelFolder } from '../../server/checkpoint/model-write.ts';
import { tokenizerJson, trainBpe } from './bpe.ts';
import { pirateRows, pretrainingTexts, topicRows } from './corpus.ts';
import { modelConfig, randomWeights, specialTokens, tokenizerConfig } from './model.ts';

const seed = 1;
const vocabSize = 1024;
/** `group` is the batch size of pretrain.peft. */
const counts = { train: 20_000, validation: 384, group: 32 };
const pirateCounts = { train: 640, validation: 80 };
const topicCounts = { train: 400, validation: 100 };

const quickstart = path.resolve('examples/quickstart');
const classification = path.resolve('examples/classification');
/** Made anew each time and not kept in the repository. */
const pretrain = path.join(quickstart, 'pretrain');

await makeData();
if (!process.argv.includes('--data-only')) await trainModel();

async function makeData(): Promise<void> {
  rmSync(pretrain, { recursive: true, force: true });
  mkdirSync(path.join(quickstart, 'data'), { recursive: true });
  const texts = pretrainingTexts(counts, seed);
  const asRow = (text: string) => ({ text });
  const start = path.join(pretrain, 'start');
  const bpe = trainBpe(texts.train, vocabSize, specialTokens);
  const config = modelConfig(bpe.vocab.size);
  await writeModelFolder(start, { config, tensors: randomWeights(config, seed) });
  writeJson(path.join(start, 'tokenizer.json'), tokenizerJson(bpe, specialTokens));
  writeJson(path.join(start, 'tokenizer_config.json'), tokenizerConfig);
  writeRows(path.join(pretrain, 'corpus.jsonl'), texts.train.map(asRow));
  writeRows(path.join(pretrain, 'validation.jsonl'), texts.validation.map(asRow));
  mkdirSync(path.join(classification, 'data'), { recursive: true });
  for (const split of ['train', 'validation'] as const) {
    writeRows(path.join(quickstart, 'data', `pirate-${split}.jsonl`), pirateRows(split, pirateCounts[split], seed));
    writeRows(path.join(classification, 'data', `topics-${split}.jsonl`), topicRows(split, topicCounts[split], seed));
  }
}

/** Runs pretrain.peft with the built command line and keeps the model of the run. */
async function trainModel(): Promise<void> {
  const cli = path.resolve('dist/cli.js');
  if (!existsSync(cli)) throw new Error('dist/cli.js is missing: run `npm run build` first.');
  const run = spawn(process.execPath, [cli, 'run', path.join(quickstart, 'pretrain.peft'), '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let model: string | undefined;
  for await (const line of createInterface({ input: run.stdout })) {
    const event: { event: string; model?: string; step?: number; loss?: number } = JSON.parse(line);
    if (event.event === 'finished') model = event.model;
    if (event.event === 'evaluation' || (event.event === 'step' && event.step! % 20 === 0))
      console.log(`${event.event} ${event.step}: loss ${event.loss?.toFixed(4)}`);
  }
  if (model === undefined) throw new Error('The run did not finish; its messages stand above.');
  const kept = path.join(quickstart, 'model');
  rmSync(kept, { recursive: true, force: true });
  cpSync(model, kept, { recursive: true });
  console.log(`The model is in ${path.relative('.', kept)}.`);
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 1)}\n`);
}

function writeRows(file: string, rows: readonly unknown[]): void {
  replaceFile(file, (write) => {
    for (const row of rows) write(Buffer.from(`${JSON.stringify(row)}\n`));
  });
}

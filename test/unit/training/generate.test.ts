import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadTokenizer } from '../../../server/data/tokenizer.ts';
import { capabilities, startEngine } from '../../../server/engine/index.ts';
import { run as generateJob } from '../../../server/jobs/generate.ts';
import type { Generated, GenerationSettings } from '../../../server/protocol/generation.ts';
import { assembleFolder } from '../../../server/training/assemble-recipe.ts';
import { fixtures, jobContext, temporary, tiny } from './runs.ts';

const folder = temporary();
const adapter = path.join(fixtures, 'traces/llama/lora/adapter_after');
const config = path.join(folder, 'tokenizer_config.json');
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await startEngine();
  for (const name of ['config.json', 'model.safetensors'])
    cpSync(path.join(tiny('llama'), name), path.join(folder, name));
  cpSync(path.join(fixtures, 'tokenizers/gpt2-bpe/tokenizer.json'), path.join(folder, 'tokenizer.json'));
});

const usual = { maxNewTokens: 12, temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, stop: [], seed: 1 };

async function generated(
  settings: Partial<GenerationSettings> = {},
  { prompt = 'x y', ...more }: { prompt?: string; model?: string; adapter?: string } = {},
): Promise<Generated> {
  const shown: string[] = [];
  const { backend } = capabilities();
  const params = { model: folder, backend, prompts: [prompt], settings: { ...usual, ...settings }, ...more };
  const context = jobContext<'generate'>({ item: (item) => void (item.type === 'text' && shown.push(item.text)) });
  const [only] = (await generateJob(params, context)).texts;
  expect(shown.join('')).toBe(only!.text);
  return only!;
}

const generate = async (...given: Parameters<typeof generated>) => (await generated(...given)).text;

/** Greedy decoding without padding, straight from the logits. */
async function greedy(adapterFolder?: string): Promise<{ ids: number[]; text: string }> {
  const tokenizer = loadTokenizer(folder);
  const model = await assembleFolder(folder, adapterFolder);
  const prompt = tokenizer.encode('x y');
  const ids = [...prompt];
  for (let i = 0; i < 12; i++)
    tf.tidy(() => {
      const input_ids = tf.tensor([ids], [1, ids.length], 'int32');
      const logits = model.logits({ input_ids, attention_mask: tf.onesLike(input_ids) }).dataSync();
      const last = [...logits.slice(-model.vocabSize)];
      ids.push(last.indexOf(Math.max(...last)));
    });
  model.dispose();
  return { ids: ids.slice(prompt.length), text: tokenizer.decode(ids).slice('x y'.length) };
}

test('greedy text is that of the logits, with the adapter and without', async () => {
  writeFileSync(config, '{}');
  const [plain, adapted] = [await generate(), await generate({}, { adapter })];
  expect(plain).toBe((await greedy()).text);
  expect(adapted).toBe((await greedy(adapter)).text);
  expect(adapted).not.toBe(plain);
});

test('it stops at the end token, at a stop string, and at the length of the model', async () => {
  const { ids, text } = await greedy();
  const { vocab } = JSON.parse(readFileSync(path.join(folder, 'tokenizer.json'), 'utf8')).model;
  const eos_token = Object.keys(vocab).find((token) => vocab[token] === ids[3]);
  writeFileSync(config, JSON.stringify({ eos_token }));
  const stopped = await generated();
  expect(stopped).toMatchObject({ reason: 'end', tokens: 3 });
  expect(text.startsWith(stopped.text)).toBe(true);
  writeFileSync(config, '{"eos_token": "<|endoftext|>"}');
  expect(await generated({ stop: ['unheard of', text.slice(4, 7)] })).toMatchObject({
    reason: 'stop',
    text: text.slice(0, text.indexOf(text.slice(4, 7))),
  });
  expect(await generated({ maxNewTokens: 1000 }, { prompt: 'x'.repeat(125) })).toMatchObject({
    reason: 'length',
    tokens: 3,
  });
  await expect(generate({}, { prompt: 'x'.repeat(128) })).rejects.toMatchObject({ code: 'prompt-too-long' });
  await expect(generate({}, { prompt: '' })).rejects.toMatchObject({ code: 'empty-prompt' });
});

test('generation_config.json may name several end tokens', async () => {
  const { ids } = await greedy();
  const file = path.join(folder, 'generation_config.json');
  writeFileSync(file, JSON.stringify({ eos_token_id: [ids[5], ids[2]] }));
  expect(await generated()).toMatchObject({
    reason: 'end',
    tokens: Math.min(ids.indexOf(ids[5]!), ids.indexOf(ids[2]!)),
  });
  writeFileSync(file, '{"eos_token_id": "end"}');
  await expect(generate()).rejects.toMatchObject({ code: 'bad-config', file });
  rmSync(file);
});

test('sampling is seeded', async () => {
  const sampled = (seed: number) => generate({ temperature: 1, seed });
  expect(await sampled(1)).toBe(await sampled(1));
  expect(await sampled(1)).not.toBe(await sampled(2));
});

test('a classifier writes no text', async () => {
  await expect(generate({}, { model: tiny('roberta') })).rejects.toMatchObject({
    code: 'cannot-generate',
    message: expect.stringContaining('RoBERTa does sequence-classification, regression'),
  });
});

/** A tiny model's config alone, under another class: what is refused is refused before weights and tokenizer are asked for. */
function renamed(name: string, architectures: string[] | undefined): string {
  const at = mkdtempSync(path.join(folder, 'renamed-'));
  const given = JSON.parse(readFileSync(path.join(tiny(name), 'config.json'), 'utf8'));
  writeFileSync(path.join(at, 'config.json'), JSON.stringify({ ...given, architectures }));
  return at;
}

test.each([
  [
    'an encoder without a head',
    'bert',
    ['BertModel'],
    'cannot-generate',
    /BERT does sequence-classification, regression/,
  ],
  ['a decoder that classifies', 'gpt2', ['GPT2ForSequenceClassification'], 'cannot-generate', /a head for sequence-/],
  ['a decoder without a head', 'llama', ['LlamaModel'], 'no-task', /names LlamaModel.*Llama can have: causal-lm/],
  ['a model of no class', 'llama', undefined, 'no-task', /names no class.*causal-lm/],
] as const)('%s says what it can do instead', async (_, name, architectures, code, said) => {
  const refused = await generate({}, { model: renamed(name, architectures && [...architectures]) }).catch((e) => e);
  expect(refused).toMatchObject({ code });
  expect(`${refused.message} ${refused.hint}`).toMatch(said);
});

test('a prompt that is too long is told before the first text', async () => {
  const items: unknown[] = [];
  const params = { model: folder, backend: capabilities().backend, prompts: ['x', 'x'.repeat(128)], settings: usual };
  const job = generateJob(params, jobContext<'generate'>({ item: (item) => void items.push(item) }));
  await expect(job).rejects.toMatchObject({ code: 'prompt-too-long' });
  expect(items).toEqual([]);
});

/** One loaded model answers on both sides, as often as it is asked. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEngine } from '../../../server/engine/index.ts';
import { Asks } from '../../../server/jobs/asks.ts';
import { run as generate } from '../../../server/jobs/generate.ts';
import { run as playground } from '../../../server/jobs/playground.ts';
import type { PlaygroundAsk, PlaygroundItem, PlaygroundSide } from '../../../server/protocol/generation.ts';
import { fixture, tiny } from '../models/tiny.ts';
import { jobContext } from '../training/runs.ts';

const model = mkdtempSync(path.join(tmpdir(), 'rankwise-playground-'));
const settings = { maxNewTokens: 12, temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, stop: [], seed: 1 };
afterAll(() => rmSync(model, { recursive: true }));
beforeAll(async () => {
  await startEngine();
  for (const name of ['config.json', 'model.safetensors'])
    cpSync(path.join(tiny('llama'), name), path.join(model, name));
  cpSync(fixture('tokenizers/gpt2-bpe/tokenizer.json'), path.join(model, 'tokenizer.json'));
});

const adapterOf = (trace: string) => fixture('traces/llama', trace, 'adapter_after');

/** Text by prompt id and side, once every ask has had its end. */
async function play(adapter: string | undefined, asks: Partial<Extract<PlaygroundAsk, { type: 'write' }>>[]) {
  const cancel = new AbortController();
  const given = new Asks(cancel.signal);
  const texts: Record<string, string> = {};
  const items: PlaygroundItem[] = [];
  const sides: PlaygroundSide[] = adapter ? ['base', 'adapted'] : ['base'];
  const usual = { type: 'write' as const, sides, prompt: 'x y', settings, weight: 1 };
  const waiting = asks.map((ask, i) => ({ ...usual, id: String(i), ...ask }));
  let left = waiting.reduce((sum, ask) => sum + ask.sides.length, 0);
  const next = () => (waiting.length > 0 ? given.add(waiting.shift()) : left === 0 && cancel.abort());
  let open = 0;
  const item = (one: PlaygroundItem) => {
    items.push(one);
    if (one.type === 'loaded') return next();
    if (one.type === 'text') {
      texts[`${one.id} ${one.side}`] = (texts[`${one.id} ${one.side}`] ?? '') + one.text;
      return;
    }
    left--;
    if (++open % sides.length === 0) next();
  };
  const sources = { base: { model }, ...(adapter && { adapted: { model, adapter } }) };
  const context = jobContext<'playground'>({
    item,
    asks: given as AsyncIterable<PlaygroundAsk>,
    signal: cancel.signal,
  });
  expect(await playground(sources, context)).toBeNull();
  return { texts, items };
}

async function texts(adapter?: string): Promise<string> {
  const params = { model, ...(adapter && { adapter }), prompts: ['x y'], settings };
  return (await generate(params, jobContext())).texts[0]!.text;
}

test('base and adapted texts are those that generate writes; at weight 0 they are one', async () => {
  const adapter = adapterOf('lora');
  const { texts: played, items } = await play(adapter, [{}, { weight: 0 }, { weight: 1 }]);
  expect(items[0]).toMatchObject({ type: 'loaded', weighing: { from: 0, to: 2 }, maxLength: 128 });
  const [base, adapted] = [await texts(), await texts(adapter)];
  expect(adapted).not.toBe(base);
  expect(played).toEqual({
    '0 base': base,
    '0 adapted': adapted,
    '1 base': base,
    '1 adapted': base,
    '2 base': base,
    '2 adapted': adapted,
  });
});

test('an adapter without a part is a model of its own', async () => {
  const adapter = adapterOf('dora');
  const { texts: played, items } = await play(adapter, [{}]);
  expect(items[0]).toMatchObject({ weighing: { reason: expect.stringContaining('DoRA') } });
  expect(played).toEqual({ '0 base': await texts(), '0 adapted': await texts(adapter) });
});

test('a fault is the prompt’s own, and the next one is answered', async () => {
  const { texts: played, items } = await play(undefined, [{ prompt: '' }, {}]);
  expect(items[1]).toMatchObject({ type: 'failed', id: '0', side: 'base', error: { code: 'empty-prompt' } });
  expect(played).toEqual({ '1 base': await texts() });
  const streams = items.flatMap((item) => (item.type === 'ended' ? [item.ending.reason] : []));
  expect(streams).toEqual(['length']);
});

test('what is being written stops when it is told to, or when the next prompt comes', async () => {
  const cancel = new AbortController();
  const asks = new Asks(cancel.signal);
  const ends: string[] = [];
  const long = { ...settings, maxNewTokens: 120 };
  const write = (id: string) =>
    asks.add({ type: 'write', id, sides: ['base'], prompt: 'x', settings: long, weight: 1 });
  const item = (one: PlaygroundItem) => {
    if (one.type === 'loaded') write('a');
    if (one.type === 'text' && one.id === 'a' && ends.length === 0) write('b');
    if (one.type === 'text' && one.id === 'b') asks.add({ type: 'stop', id: 'b' });
    if (one.type !== 'ended') return;
    ends.push(`${one.id} ${one.ending.reason}`);
    if (one.id === 'b') cancel.abort();
  };
  const context = jobContext<'playground'>({ item, asks: asks as AsyncIterable<PlaygroundAsk>, signal: cancel.signal });
  await playground({ base: { model } }, context);
  expect(ends[0]).toBe('a stopped');
  expect(new Set(ends)).toContain('b stopped');
});

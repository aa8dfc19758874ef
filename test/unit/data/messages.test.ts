import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadChatTemplate } from '../../../server/chat/load.ts';
import { chatPrompt } from '../../../server/chat/prompt.ts';
import { type EncodeOptions, encodeFiles } from '../../../server/data/encode.ts';
import { alpacaPrompt } from '../../../server/data/instruction.ts';
import { loadTokenizer } from '../../../server/data/tokenizer.ts';
import type { Example } from '../../../server/data/types.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-messages-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fixtures = path.join(import.meta.dirname, '../../fixtures/tokenizers');
const model = (name: string, config: object = {}) => {
  const to = mkdtempSync(path.join(folder, 'model-'));
  cpSync(path.join(fixtures, name, 'tokenizer.json'), path.join(to, 'tokenizer.json'));
  writeFileSync(path.join(to, 'tokenizer_config.json'), JSON.stringify(config));
  return to;
};
const qwen = model('qwen2-tiny', { eos_token: '<|im_end|>' });
const tokenizer = loadTokenizer(qwen);

let files = 0;
async function encode(
  rows: unknown[],
  options: Partial<EncodeOptions> = {},
  chatTemplate = 'chatml',
  ending = 'jsonl',
) {
  const file = path.join(folder, `${files++}.${ending}`);
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  const { examples, ...rest } = await encodeFiles(file, {
    task: 'causal-lm',
    columns: {},
    maxLength: 200,
    vocabSize: 400,
    tokenizer: () => tokenizer,
    chat: () => loadChatTemplate(qwen, tokenizer, chatTemplate),
    ...options,
  });
  return { ...rest, examples: Array.from({ length: examples.length }, (_, i) => examples.at(i)!) };
}
const all = ({ ids }: Example) => [...ids].map((id) => tokenizer.token(id)).join('');
const learnt = ({ ids, labels }: Example) =>
  [...ids.filter((_, i) => labels[i] !== -100)].map((id) => tokenizer.token(id)).join('');
const question = { role: 'user', content: 'two' };
const answer = { role: 'assistant', content: 'three' };

test('a conversation: the template’s tokens as they are, loss on each answer and on the token that ends it', async () => {
  const messages = [question, answer, { role: 'user', content: 'go' }, { role: 'assistant', content: 'on' }];
  const { examples } = await encode([{ messages }]);
  const wanted = 'user\ntwo\n|assistant\nthree\n|user\ngo\n|assistant\non\n';
  const text = wanted
    .replaceAll('\n|', '<|im_end|>\n|')
    .replace(/\n$/, '<|im_end|>\n')
    .split('|u')
    .join('<|im_start|>u');
  expect(all(examples[0]!)).toBe(
    `<|im_start|>${text.split('|a').join('<|im_start|>a')}`.replaceAll('\n', 'Ċ').replaceAll(' ', 'Ġ'),
  );
  expect(learnt(examples[0]!)).toBe('three<|im_end|>on<|im_end|>');
  const { ids, labels } = examples[0]!;
  expect(ids.every((id, i) => labels[i] === -100 || labels[i] === id)).toBe(true);
});

test('ShareGPT’s form is the same conversation', async () => {
  const sharegpt = [
    { from: 'human', value: 'two' },
    { from: 'gpt', value: 'three' },
  ];
  const [theirs, ours] = await Promise.all([
    encode([{ conversations: sharegpt }]),
    encode([{ messages: [question, answer] }]),
  ]);
  expect(theirs.examples).toEqual(ours.examples);
  const text = await encode([{ chat: JSON.stringify(sharegpt) }], { columns: { messages: 'chat' } });
  expect(text.examples).toEqual(ours.examples);
});

test('content in parts is text; a picture among them is not', async () => {
  const parts = { role: 'user', content: [{ type: 'text', text: 'two' }] };
  const { examples } = await encode([{ messages: [parts, answer] }]);
  expect(examples).toEqual((await encode([{ messages: [question, answer] }])).examples);
  const picture = { role: 'user', content: [{ type: 'image' }] };
  await expect(encode([{ messages: [picture, answer] }])).rejects.toMatchObject({
    code: 'wrong-type',
    field: 'messages',
  });
});

test('a prompt and a completion of messages: earlier answers belong to the prompt', async () => {
  const { examples } = await encode([
    { prompt: [question, answer, question], completion: [{ ...answer, content: 'four' }] },
  ]);
  expect(learnt(examples[0]!)).toBe('four<|im_end|>');
  const mixed = await encode([{ prompt: [question], completion: 'four' }]);
  expect(learnt(mixed.examples[0]!)).toBe('four<|im_end|>');
});

test('a long conversation is cut on the right; one without an answer is left out', async () => {
  const { examples, warnings } = await encode(
    [{ messages: [question, { role: 'assistant', content: 'a '.repeat(90) }] }, { messages: [question] }],
    { maxLength: 40 },
  );
  expect(examples.map(({ ids, labels }) => [ids.length, labels.length])).toEqual([[40, 40]]);
  expect(warnings.map(({ code }) => code)).toEqual(['rows-truncated', 'rows-empty']);
});

test('a template that refuses: file, row, what it said, what to do', async () => {
  const rows = [{ messages: [question, answer] }, { messages: [answer, question] }];
  await expect(encode(rows, {}, 'llama-2')).rejects.toMatchObject({
    code: 'chat-template-refused',
    message: expect.stringMatching(/\.jsonl:2: .*llama-2.*Conversation roles must alternate/),
    field: 'data.chat_template',
  });
  // In files that people do not read by lines.
  await expect(encode(rows, {}, 'llama-2', 'json')).rejects.toThrow(/\.json: row 2: the chat template/);
});

test('templates: the recipe’s, chat_template.jinja, the config’s; none, and one that cannot be read', () => {
  const config = (chat_template: unknown) => model('qwen2-tiny', { chat_template });
  const text = (place: string, wanted?: string) =>
    loadChatTemplate(place, tokenizer, wanted).template.render([question]);
  expect(text(config('{{ messages[0].content }}!'))).toBe('two!');
  const several = [
    { name: 'tool_use', template: 'tools' },
    { name: 'default', template: 'usual' },
  ];
  const place = config(several);
  expect(text(place)).toBe('usual');
  writeFileSync(path.join(place, 'chat_template.jinja'), 'file {{ eos_token }}');
  expect(text(place)).toBe('file <|im_end|>');
  expect(text(place, 'zephyr')).toContain('<|user|>\ntwo');
  expect(text(config(undefined), path.join(place, 'chat_template.jinja'))).toBe('file <|im_end|>');
  const code = (place: string, wanted?: string) => {
    try {
      return text(place, wanted);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(code(qwen)).toBe('chat-template-missing');
  expect(code(qwen, '/nowhere/a.jinja')).toBe('chat-template-missing');
  expect(code(config('{% if %}'))).toBe('bad-chat-template');
  const endless = () => loadChatTemplate(qwen, { ...tokenizer, named: {} }, 'zephyr');
  expect(endless).toThrowError(expect.objectContaining({ code: 'bad-chat-template' }));
});

test('a prompt to go on from: the question in the template, and the beginning of an answer', () => {
  const found = loadChatTemplate(qwen, tokenizer, 'chatml');
  expect(chatPrompt(found, 'two')).toBe('<|im_start|>user\ntwo<|im_end|>\n<|im_start|>assistant\n');
  expect(chatPrompt(found, [question], 'Be brief.')).toContain(
    '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\ntwo',
  );
});

test('an instruction is Alpaca’s prompt, with and without input; loss on the output and the end token', async () => {
  const rows = [
    { instruction: 'add', input: '1 2', output: '3' },
    { instruction: 'go', input: '', output: 'on' },
    { instruction: 'go', context: 'there', response: 'on' },
  ];
  const { examples } = await encode(rows.slice(0, 2));
  expect(examples.map((example) => tokenizer.decode([...example.ids]))).toEqual([
    `${alpacaPrompt('add', '1 2')}3`,
    `${alpacaPrompt('go', '')}on`,
  ]);
  expect(alpacaPrompt('add', '1 2')).toContain('### Instruction:\nadd\n\n### Input:\n1 2\n\n### Response:\n');
  expect(examples.map(learnt)).toEqual(['3<|im_end|>', 'on<|im_end|>']);
  const dolly = await encode([rows[2]]);
  expect(tokenizer.decode([...dolly.examples[0]!.ids])).toBe(`${alpacaPrompt('go', 'there')}on`);
});

test('a tokenizer with more tokens than the model has embeddings is refused before training; with fewer it is fine', async () => {
  const rows = [{ text: 'the word' }];
  await expect(encode(rows, { vocabSize: tokenizer.size - 1 })).rejects.toMatchObject({
    code: 'vocabulary-too-large',
    message: expect.stringContaining('"<tool>"'),
  });
  expect((await encode(rows, { vocabSize: tokenizer.size })).examples).toHaveLength(1);
});

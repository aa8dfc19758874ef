/** Against transformers' apply_chat_template and its masks: test/interop/chat_templates.py. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Message } from '../../../server/chat/messages.ts';
import { ChatTemplate, TemplateRefusal } from '../../../server/chat/template.ts';
import { wellKnown } from '../../../server/chat/well-known.ts';
import { loadTokenizer } from '../../../server/data/tokenizer.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures');
interface Case {
  messages: Message[];
  text: string;
  prompt: string;
  ids: number[];
  mask?: string;
  error?: string;
}
interface Reference {
  tokenizer: string;
  tokens: Record<string, string>;
  template: string;
  cases: Case[];
}
const references = JSON.parse(readFileSync(path.join(fixtures, 'chat.json'), 'utf8')) as Record<string, Reference>;

test.each(Object.entries(references))('%s: text, prompt, tokens and answers', (name, reference) => {
  const template = new ChatTemplate(reference.template, reference.tokens);
  const tokenizer = loadTokenizer(path.join(fixtures, 'tokenizers', reference.tokenizer));
  for (const { messages, text, prompt, ids, mask, error } of reference.cases) {
    if (error) {
      expect(() => template.render(messages)).toThrowError(error);
      continue;
    }
    expect(template.render(messages)).toBe(text);
    expect(template.render(messages, true)).toBe(prompt);
    if (mask === undefined) continue;
    const answers = template.answers(messages);
    expect(answers.text).toBe(text);
    const places = answers.spans.flatMap(([from, to]) => [from, to - 1]);
    const found = tokenizer.locate(text, places);
    expect(found.ids).toEqual(ids);
    const marked = new Array<number>(ids.length).fill(0);
    for (let i = 0; i < places.length; i += 2) marked.fill(1, found.tokens[i], found.tokens[i + 1]! + 1);
    expect(marked.join(''), `${name}: ${text}`).toBe(mask);
  }
});

const spansOf = (name: string, at: number): string[] => {
  const { template, tokens, cases } = references[name]!;
  const { text, spans } = new ChatTemplate(template, tokens).answers(cases[at]!.messages);
  return spans.map(([from, to]) => text.slice(from, to));
};

test('without generation blocks an answer is what it adds, with the token that ends it and without the break behind', () => {
  expect(spansOf('qwen2', 2)).toEqual(['two<|im_end|>', 'four  😀\n<|im_end|>']);
  expect(spansOf('llama-2', 2)).toEqual([' two </s>', ' four  😀 </s>']);
  expect(spansOf('zephyr', 1)).toEqual([' The weight of a word. </s>']);
  expect(spansOf('gemma', 0)).toEqual(['It is 8.<end_of_turn>']);
  expect(spansOf('mistral', 2)).toEqual(['two</s>', 'four  😀\n</s>']);
});

test('a template that writes the last answer differently has its earlier answers found all the same', () => {
  expect(spansOf('qwen3', 3)).toEqual(['b<|im_end|>', '<think>\n\n</think>\n\n日本語<|im_end|>']);
});

test('a template of which no prefix holds is refused', () => {
  const template = new ChatTemplate('{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}', {});
  const messages = references.qwen2!.cases[0]!.messages;
  expect(() => template.answers(messages)).toThrowError(TemplateRefusal);
  expect(() => template.answers(messages)).toThrowError('before answer 2 differently');
});

test('the templates known by name write what the models’ own do', () => {
  const same = {
    chatml: 'qwen2',
    'llama-3': 'llama-3',
    'llama-2': 'llama-2',
    zephyr: 'zephyr',
    gemma: 'gemma',
  } as const;
  for (const [name, like] of Object.entries(same)) {
    const { tokens, cases } = references[like]!;
    const own = new ChatTemplate(wellKnown[name as keyof typeof same], tokens);
    const own_cases = cases.filter(
      ({ messages, error }) => !error && (name !== 'chatml' || messages[0]!.role === 'system'),
    );
    expect(own_cases.length).toBeGreaterThan(1);
    for (const { messages, text, prompt } of own_cases) {
      expect(own.render(messages), name).toBe(text);
      expect(own.render(messages, true), name).toBe(prompt);
    }
  }
});

test('conversations by the thousand are quick', () => {
  const { template, tokens, cases } = references.qwen2!;
  const compiled = new ChatTemplate(template, tokens);
  const began = performance.now();
  for (let i = 0; i < 1000; i++) compiled.answers(cases[2]!.messages);
  expect(performance.now() - began).toBeLessThan(5000);
});

/** What a chat template makes of the data, before a run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type ChatAsk, chatOf, loadChat } from '../../../server/checkpoint/chat-check.ts';
import type { Recipe } from '../../../server/recipe/types.ts';
import { temporaryFolder } from './safetensors/files.ts';

const turns = (...roles: string[]) => ({ messages: roles.map((role) => ({ role, content: 'x' })) });

/** A model's folder with a template, and rows beside it. */
function asked(template: string | undefined, rows: object[], more: Partial<ChatAsk> = {}) {
  const folder = temporaryFolder();
  const model = path.join(folder, 'model');
  mkdirSync(model, { recursive: true });
  writeFileSync(path.join(model, 'tokenizer_config.json'), '{"eos_token": {"content": "</s>"}}');
  if (template !== undefined) writeFileSync(path.join(model, 'chat_template.jinja'), template);
  writeFileSync(path.join(folder, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const ask: ChatAsk = { model, task: 'causal-lm', columns: {}, train: 'rows.jsonl', prompts: [], ...more };
  return loadChat(folder, ask);
}

const right = '{% for m in messages %}{{ m.role + m.content + eos_token }}{% endfor %}';

test('the row that a template refuses is named, and so is the prompt', async () => {
  const strict = `{% if messages[0].role == 'system' %}{{ raise_exception('no system message') }}{% endif %}${right}`;
  const rows = [turns('user', 'assistant'), turns('system', 'user', 'assistant')];
  const { value, files } = await asked(strict, rows);
  expect(value).toEqual({
    train: expect.objectContaining({
      code: 'chat-template-refused',
      message: expect.stringMatching(/rows\.jsonl:2: .*no system message/),
    }),
  });
  expect(files.map((file) => path.basename(file))).toContain('chat_template.jinja');
  const picky = `{% if messages[0].content != 'x' %}{{ raise_exception('only x') }}{% endif %}${right}`;
  expect((await asked(picky, [turns('user', 'assistant')], { prompts: ['x', 'y'] })).value).toEqual({
    prompt: { index: 1, error: expect.objectContaining({ code: 'chat-template-refused' }) },
  });
});

test('a template that is none is told once, where conversations need it', async () => {
  const broken = '{% for m in messages %}{{ m.content }';
  const conversation = turns('user', 'assistant');
  expect((await asked(broken, [conversation])).value).toEqual({
    template: expect.objectContaining({ code: 'bad-chat-template' }),
  });
  // Texts alone need none.
  expect((await asked(broken, [{ prompt: 'a', completion: 'b' }])).value).toEqual({});
  const turned = { prompt: conversation.messages.slice(0, 1), completion: 'b' };
  expect((await asked(broken, [turned])).value.template?.code).toBe('bad-chat-template');
  expect((await asked(right, [conversation, turned])).value).toEqual({});
  expect((await asked(right, [conversation], { template: 'none.jinja' })).value.template?.code).toBe(
    'chat-template-missing',
  );
});

test('a recipe without conversations asks for nothing', () => {
  const recipe = (task: string, columns = {}) =>
    ({ model: { task }, data: { train: 'a', columns }, training: {} }) as unknown as Recipe;
  const found = (...columns: string[]) => ({ files: [], columns, sampled: 1 });
  expect(chatOf(recipe('causal-lm'), '/m', found('text'))).toBeUndefined();
  expect(chatOf(recipe('sequence-classification'), '/m', found('messages'))).toBeUndefined();
  expect(chatOf(recipe('causal-lm'), '/m', undefined)).toBeUndefined();
  expect(chatOf(recipe('causal-lm', { messages: 'talk' }), '/m', found('talk'))).toMatchObject({
    model: '/m',
    train: 'a',
  });
});
